/**
 * When a signed URL ends, in epoch milliseconds, by what it says itself: S3 and Google Cloud Storage (both of their
 * signatures), Azure, CloudFront, and tokens (JWT) as Supabase has them. Null where it says nothing.
 */
export function expiryOf(url: URL): number | null {
  const ask = url.searchParams;
  const until =
    sinceThen(ask.get('X-Amz-Date'), ask.get('X-Amz-Expires')) ??
    sinceThen(ask.get('X-Goog-Date'), ask.get('X-Goog-Expires')) ??
    (ask.has('Signature') ? seconds(ask.get('Expires')) : null) ??
    (ask.has('sig') ? Date.parse(ask.get('se') ?? '') : null) ??
    tokenEnd(ask.get('token'));
  return Number.isFinite(until) ? until : null;
}

/** `20260131T120000Z`, and for how many seconds from then. */
function sinceThen(date: string | null, lasting: string | null): number | null {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date ?? '') ?? [];
  const milliseconds = seconds(lasting);
  if (year === undefined || milliseconds === null) return null;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + milliseconds;
}

function seconds(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) * 1000 : null;
}

function tokenEnd(token: string | null): number | null {
  const [, claims] = token?.split('.') ?? [];
  if (claims === undefined) return null;
  try {
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return typeof exp === 'number' ? exp * 1000 : null;
  } catch {
    return null;
  }
}
