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
