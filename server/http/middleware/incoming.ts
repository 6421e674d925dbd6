import type { IncomingMessage } from 'node:http';

/** A request as Express's router hands it on. */
export interface Incoming extends IncomingMessage {
  readonly params?: Readonly<Record<string, string | string[]>>;
  /** The target before a router cut the front off. */
  readonly originalUrl?: string;
  /** What a parser before us made of the body, if we run inside another application. */
  readonly body?: unknown;
}

/** The request target without its query, as it was sent. */
export function pathOf({ originalUrl, url = '' }: Incoming): string {
  const [path = ''] = (originalUrl ?? url).split('?', 1);
  return path;
}

/** The query alone. */
export function queryOf({ originalUrl, url = '' }: Incoming): URLSearchParams {
  const target = originalUrl ?? url;
  const start = target.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : target.slice(start));
}

/**
 * Whether it is spelled as paths of ours are: segments of unreserved characters (RFC 3986 §2.3), none of them
 * empty, `.` or `..`. Anything else has a second spelling, with which a rule of a proxy could be walked around.
 */
export function isPlainPath(path: string): boolean {
  return /^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$|^\/$/.test(path);
}

/**
 * RFC 9112 §3.2.2: a server accepts targets in absolute form, too. Which host one names is nothing to us.
 *
 * @returns the target in origin form, or as it is if it is no such URL: without a host (RFC 9110 §4.2.1), with a
 *   user (§4.2.4), of another scheme
 */
export function originForm(target: string, method?: string): string {
  const [, rest] =
    /^https?:\/\/(?:[\w.~%!$&'()*+,;=-]+|\[[\da-f:.]+\])(?::\d*)?((?:[/?].*)?)$/i.exec(target) ??
    [];
  if (rest === undefined) return target;
  // RFC 9112 §3.2.4: without a path, `OPTIONS` asks the server itself.
  if (rest === '' && method === 'OPTIONS') return '*';
  // RFC 9110 §4.2.3: an empty path is `/`.
  return rest.startsWith('/') ? rest : `/${rest}`;
}
