import { z } from 'zod';

/** What is asked of one invocation. */
export type Request = { kind: 'listings'; zpids: string[] } | { kind: 'queue'; messages: Message[] };

export interface Message {
  id: string;
  /** Null: the message asks for nothing that can be understood. */
  zpids: string[] | null;
}

const zpid = z.union([z.string().min(1), z.int()]).transform(String);

/** Also a listing's document, as it was uploaded: what it is split by is read from where it is kept. */
const listings = z.union([
  z.object({ zpids: z.array(zpid).min(1) }).transform(({ zpids }) => zpids),
  z.object({ zpid }).transform((one) => [one.zpid]),
]);

const queue = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

/** Throws for what is none of them, with the forms that are. */
export function readEvent(event: unknown): Request {
  const asked = queue.safeParse(event);
  if (asked.success) {
    const messages = asked.data.Records.map(({ messageId, body }) => ({
      id: messageId,
      zpids: zpidsIn(body),
    }));
    return { kind: 'queue', messages };
  }
  const named = listings.safeParse(event);
  if (named.success) return { kind: 'listings', zpids: [...new Set(named.data)] };
  throw new Error(
    'the event names no listing: send {"zpid": "123"}, {"zpids": ["123", "456"]}, a listing\'s document, or an SQS batch of these',
  );
}

function zpidsIn(body: string): string[] | null {
  try {
    return [...new Set(listings.parse(JSON.parse(body)))];
  } catch {
    return null;
  }
}
