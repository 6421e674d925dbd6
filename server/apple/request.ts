/** One call to Apple: a form goes out, JSON comes back, with limits on its size and on the time. */
import { AppleFailure } from './failure.ts';

const timeLimitMs = 10_000;
const sizeLimit = 64 * 1024;

interface Request {
  /** What is posted; without it the call is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly bearer?: string;
}

interface Answer {
  readonly status: number;
  /** The members of a JSON object; empty if the body has none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Apple's clock, in milliseconds since the Unix epoch; null if it was not told. */
  readonly date: number | null;
}

/**
 * @returns the answer, whether it is 200 or 4xx
 * @throws {AppleFailure} an outage, or a redirect, which no call of ours follows
 */
export async function request(
  fetch: typeof globalThis.fetch,
  url: string,
  { form, bearer }: Request = {},
): Promise<Answer> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      // The secret stands in the body: Apple takes it neither from the query nor by Basic authentication.
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
      headers: { accept: 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeLimitMs),
    });
    text = await readText(response);
  } catch (error) {
    if (error instanceof AppleFailure) throw error;
    const isLate = error instanceof Error && error.name === 'TimeoutError';
    throw new AppleFailure(isLate ? 'timed-out' : 'unreachable');
  }
  const { status, headers } = response;
  if (status >= 300 && status < 400) throw new AppleFailure('redirected');
  if (status === 429) throw new AppleFailure('throttled');
  if (status >= 500) throw new AppleFailure('unavailable');
  const date = Date.parse(headers.get('date') ?? '');
  return { status, body: parse(text, status), date: Number.isNaN(date) ? null : date };
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > sizeLimit) throw new AppleFailure('unreadable');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parse(text: string, status: number): Answer['body'] {
  // The answer to a revocation has no body.
  if (text === '' && status === 200) return {};
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null) return body as Answer['body'];
  } catch {
    // Below.
  }
  throw new AppleFailure('unreadable');
}
