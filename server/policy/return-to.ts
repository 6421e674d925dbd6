/**
 * Where a browser may be sent after a sign-in: to sites that the operator names, letter by letter, and nowhere
 * else.
 */

/** RFC 3986 §2: none of these stands in a URL as it is, but browsers leave a backslash in a query. */
const foreign = /[\s\p{Cc}]|^[^?]*\\/u;

/**
 * Reads a URL that a browser is to be sent to.
 *
 * @param origins the only ones that it may be of
 * @returns null if it must not be
 */
export function returnTarget(text: string, origins: readonly string[]): URL | null {
  if (foreign.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  const isBare = url.username === '' && url.password === '';
  return isBare && origins.includes(url.origin) ? url : null;
}

const schemes: Readonly<Record<string, string>> = {
  ...{ https: 'https', http: 'http' },
  // A proxy may name a WebSocket by its own scheme.
  ...{ wss: 'https', ws: 'http' },
};

/** The origin that a proxy was asked for: one of these, or null. */
export function askedOrigin(
  { proto, host }: { readonly proto: string; readonly host: string },
  origins: readonly string[],
): string | null {
  const text = `${schemes[proto]}://${host}`;
  if (origins.includes(text)) return text;
  const url = returnTarget(text, origins);
  // A host with more than a host in it is of nobody whom we know.
  return url !== null && url.pathname === '/' && !/[/?#@]/.test(host) ? url.origin : null;
}

const ticketName = 'latchkey_ticket';

/** The URL with a ticket in its query, which stays as it is otherwise. */
export function withTicket(url: string, ticket: string): string {
  const [before = '', ...fragment] = url.split('#');
  const more = `${before.includes('?') ? '&' : '?'}${ticketName}=${ticket}`;
  return [before + more, ...fragment].join('#');
}

export const hasTicket = (url: string): boolean => takeTicket(url).ticket !== null;

/** The URL without its ticket, letter by letter, and the ticket. */
export function takeTicket(url: string): { readonly url: string; readonly ticket: string | null } {
  const [path = '', ...rest] = url.split('?');
  const parts = rest.join('?').split('&');
  const isTicket = (part: string) => part.startsWith(`${ticketName}=`);
  const ticket = parts.find(isTicket)?.slice(ticketName.length + 1) ?? null;
  if (ticket === null) return { url, ticket };
  const query = parts.filter((part) => !isTicket(part)).join('&');
  return { url: query === '' ? path : `${path}?${query}`, ticket };
}
