import { z } from 'zod';
import type { Reply } from '../domain/call.ts';
import { UnusableAnswer } from '../domain/failure.ts';
import type { Json } from '../domain/json.ts';
import type { Nanodollars } from '../domain/money.ts';
import { costOf, type Price } from './prices.ts';

/** What is kept of a reply: enough to parse it again, and to see what was billed. */
type Kept = z.infer<typeof keptSchema>;

const keptSchema = z.object({
  model: z.string(),
  finishReason: z.string(),
  content: z.string().nullable(),
  refusal: z.string().nullable(),
  usage: z.object({ input: z.number(), cachedInput: z.number(), output: z.number() }).nullable(),
});

const completionSchema = z.object({
  model: z.string(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .length(1),
  usage: z
    .object({
      prompt_tokens: z.number(),
      completion_tokens: z.number(),
      prompt_tokens_details: z.object({ cached_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
});

/** Throws for what is no chat completion. Without usage the worst case counts as paid. */
export function toReply(price: Price, worstCase: Nanodollars, completion: unknown): Reply {
  const body = keep(completion);
  return { body, cost: body.usage === null ? worstCase : costOf(price, body.usage) };
}

function keep(completion: unknown): Kept {
  const { data, error } = completionSchema.safeParse(completion);
  const choice = data?.choices[0];
  if (data === undefined || choice === undefined) throw new Error(describeIssues(error), { cause: error });
  const { model, usage } = data;
  return {
    model,
    finishReason: choice.finish_reason,
    content: choice.message.content ?? null,
    refusal: choice.message.refusal ?? null,
    usage: usage
      ? {
          input: usage.prompt_tokens,
          cachedInput: usage.prompt_tokens_details?.cached_tokens ?? 0,
          output: usage.completion_tokens,
        }
      : null,
  };
}

/** Throws UnusableAnswer. */
export function parseAnswer<T>(schema: z.ZodType<T>, body: Json): T {
  const { content, refusal, finishReason } = keptSchema.parse(body);
  if (refusal !== null || finishReason === 'content_filter') {
    throw new UnusableAnswer('answer-refused', `The model declined: ${shorten(refusal ?? 'content filter')}`);
  }
  if (finishReason === 'length') {
    throw new UnusableAnswer(
      'answer-cut-off',
      'The answer reached the limit of output tokens; raise maxOutputTokens of this question',
    );
  }
  const answer = schema.safeParse(parseJson(content ?? ''));
  if (answer.success) return answer.data;
  throw new UnusableAnswer('answer-off-schema', describeIssues(answer.error), { cause: answer.error });
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    throw notJson(content, cause);
  }
}

function notJson(content: string, cause: unknown): UnusableAnswer {
  return new UnusableAnswer('answer-not-json', `The model answered: ${shorten(content) || '(nothing)'}`, {
    cause,
  });
}

function describeIssues(error: z.ZodError | undefined): string {
  const issues = error?.issues.slice(0, 3) ?? [];
  return issues.map(({ path, message }) => `${path.join('.') || 'answer'}: ${message}`).join('; ');
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
