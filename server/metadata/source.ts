/** Reads a BLOB from a file or a URL, with a limit on its size and, for a URL, on the time. */
import { readFile, stat } from 'node:fs/promises';
import { isSecureUrl } from '../policy/origin.ts';

const sizeLimit = 32 * 1024 * 1024;
const timeLimitMs = 10_000;
const redirectLimit = 5;

/**
 * The text of `file:PATH` or of a URL.
 *
 * @throws {Error} of the file system or the network, if it is too large, or if a redirect leaves https
 */
export async function readSource(
  source: string,
  fetch: typeof globalThis.fetch,
  closing: AbortSignal,
): Promise<string> {
  if (!source.startsWith('file:')) {
    return download(source, fetch, AbortSignal.any([closing, AbortSignal.timeout(timeLimitMs)]));
  }
  const path = source.slice('file:'.length);
  if ((await stat(path)).size > sizeLimit) throw new Error(`${path} is too large`);
  return readFile(path, 'utf8');
}

/** Follows redirects itself, so that none leads from https to http. */
async function download(
  source: string,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<string> {
  let url = new URL(source);
  for (let hops = 0; hops <= redirectLimit; hops += 1) {
    if (!isSecureUrl(url)) throw new Error(`${url.origin} is not https`);
    const response = await fetch(url, { redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      url = new URL(location, url);
    } else if (response.ok) {
      return readBody(response);
    } else {
      await response.body?.cancel();
      throw new Error(`${url.origin} answers with ${response.status}`);
    }
  }
  throw new Error(`${source} redirects without end`);
}

async function readBody({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop closes the connection.
    if (size > sizeLimit) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
