/**
 * Origins, domains and RP IDs as browsers see them. Which suffixes are public is known from the Public
 * Suffix List, with the part that hosting companies keep (`github.io`), because browsers use that too.
 */
import { isIP } from 'node:net';
import { parse } from 'tldts';

/** Whether nobody on the way can change what is sent: https, or http that never leaves the machine. */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLocal(hostname));
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

/** Whether the text is a secure origin, spelled as browsers spell it. */
export function isOrigin(text: string): boolean {
  const url = urlOf(text);
  return url !== null && isSecureUrl(url) && url.origin === text;
}

/** Whether the text is a host name without a port, spelled as browsers spell it. */
export function isHostname(text: string): boolean {
  return urlOf(`https://${text}`)?.hostname === text;
}

/** The origin that somebody meant who wrote a URL, a host or another spelling, or null. */
export function originMeantBy(text: string): string | null {
  const url = urlMeantBy(text);
  if (url === null) return null;
  return isSecureUrl(url) ? url.origin : `https://${url.host}`;
}

/** The same for a domain. */
export function domainMeantBy(text: string): string | null {
  return urlMeantBy(text)?.hostname ?? null;
}

function urlMeantBy(text: string): URL | null {
  if (/^https?:\/\//i.test(text)) return urlOf(text);
  // Something like `null` or `ftp://…` is no host with its scheme left out.
  return /^(localhost|[^/:@]+\.[^/:@]+)(:\d+)?(\/.*)?$/i.test(text)
    ? urlOf(`https://${text}`)
    : null;
}

function urlOf(text: string): URL | null {
  return URL.canParse(text) ? new URL(text) : null;
}

/** Whether people can register domains under this one, so that it is nobody's own. */
export function isPublicSuffix(domain: string): boolean {
  const { publicSuffix, isIcann, isPrivate } = lookUp(domain);
  return publicSuffix === domain && (isIcann === true || isPrivate === true);
}

/** `example` of `login.example.co.uk`; a host that nobody registers, like `localhost`, is its own label. */
export function registrableLabel(hostname: string): string {
  return lookUp(hostname).domainWithoutSuffix ?? hostname;
}

function lookUp(hostname: string) {
  return parse(hostname, { allowPrivateDomains: true, extractHostname: false });
}

/**
 * What browsers have against this RP ID on this origin, or null. WebAuthn L3 §5.1.3 step 8: it is the
 * host of the origin or a registrable suffix of it.
 */
export function rpIdProblem(rpId: string, origin: string): string | null {
  const { hostname } = new URL(origin);
  if (isIP(hostname.replaceAll(/[[\]]/g, '')) !== 0) {
    return `passkeys need a domain, and ${hostname} is an IP address`;
  }
  if (rpId === hostname) return null;
  const domain = lookUp(hostname).domain ?? hostname;
  if (`.${hostname}`.endsWith(`.${rpId}`)) {
    if (`.${rpId}`.endsWith(`.${domain}`)) return null;
    return `${rpId} is a public suffix, so browsers refuse it; expected ${domain}, or a domain below it`;
  }
  const meant = domainMeantBy(rpId);
  const isMeant = meant !== null && meant !== rpId && rpIdProblem(meant, origin) === null;
  return `expected the host of ORIGIN or a domain above it${isMeant ? `: write ${meant}` : ''}`;
}
