import { ownerHeader } from './page-owner.ts';
import { Problem } from './problem.ts';
import { requestBody } from './request-body.ts';

/** Longer than any healthy answer takes; without it a dead connection would leave the page waiting. */
const PATIENCE_MS = 30_000;

/** One call to the server: JSON out, JSON in, a `Problem` for every refusal. */
export async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
  const request: RequestInit = {
    method,
    credentials: 'same-origin',
    headers: {
      ...ownerHeader(),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(PATIENCE_MS),
  };
  if (body !== undefined) request.body = requestBody(body);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, request);
    text = await answer.text();
  } catch {
    throw new Problem(0, { code: 'unreachable' });
  }
  const json = parse(text);
  if (!answer.ok) throw new Problem(answer.status, json ?? {});
  // A page in place of JSON comes from something between us and the server, a captive portal perhaps.
  if (text && !json) throw new Problem(0, { code: 'unreachable' });
  return json as T;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
