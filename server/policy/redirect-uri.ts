/** Which addresses an app may be sent back to. */

const loopback = ['127.0.0.1', '[::1]'];

/** RFC 8252 §7.1: a domain that the app's maker controls, in reverse, so it has a dot. */
const reverseDomain = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/;

/**
 * What is wrong with a redirect URI; null if nothing is.
 *
 * @param plainHttp whether a site may be on http://localhost, as it is while it is developed
 */
export function redirectUriProblem(
  uri: string,
  applicationType: 'web' | 'native',
  { plainHttp = false }: { readonly plainHttp?: boolean } = {},
): string | null {
  if (!URL.canParse(uri)) return 'expected a URI';
  const { protocol, hostname, username, password } = new URL(uri);
  if (/[\s\\*]/.test(uri))
    return 'no spaces, backslashes or wildcards: it is compared letter by letter';
  // RFC 6749 §3.1.2
  if (uri.includes('#')) return 'no fragment';
  if (username !== '' || password !== '') return 'no user name or password';
  switch (protocol) {
    case 'https:':
      return isName(hostname) ? null : 'https with the name of a host';
    case 'http:':
      return plainHttpProblem(hostname, applicationType, plainHttp);
    default:
      if (applicationType === 'native') return schemeProblem(protocol);
      return 'expected https://… for a web client';
  }
}

function isName(hostname: string): boolean {
  return hostname.includes('.') && !/^[\d.]+$|^\[/.test(hostname);
}

function plainHttpProblem(
  hostname: string,
  type: 'web' | 'native',
  allowed: boolean,
): string | null {
  // RFC 8252 §8.3: localhost may be resolved by somebody else.
  if (type === 'native') {
    return loopback.includes(hostname) ? null : 'http only for 127.0.0.1 and [::1]';
  }
  const isLocal = hostname === 'localhost' || loopback.includes(hostname);
  return allowed && isLocal ? null : 'expected https://… for a web client';
}

function schemeProblem(protocol: string): string | null {
  if (reverseDomain.test(protocol)) return null;
  return 'expected a scheme like com.example.app:, https://…, or http://127.0.0.1';
}

/**
 * The same for a client that describes itself. Those are programs on the machine of their person, and have
 * always been sent to `localhost`: whoever takes that port is on the same machine (RFC 8252 §8.3).
 */
export function describedRedirectProblem(uri: string): string | null {
  const local = URL.canParse(uri) && new URL(uri);
  if (local && local.protocol === 'http:' && local.hostname === 'localhost') {
    return redirectUriProblem(uri.replace('localhost', '127.0.0.1'), 'native');
  }
  return redirectUriProblem(uri, 'native');
}

/** Whether whoever is sent there can only be the app itself (RFC 8252 §8.6). */
export function identifiesApp(uri: string): boolean {
  return uri.startsWith('https://');
}
