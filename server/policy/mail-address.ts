import { domainToASCII } from 'node:url';

/** RFC 5322 §3.2.3, a dot-atom: what every mail server takes without quotes. */
const localPart = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const label = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?$/;

/**
 * One mail address and nothing else: no name, no list, no line end, because whatever else a mail library reads into
 * a text could be another recipient.
 *
 * @returns the address with its domain as DNS spells it, or null
 */
export function parseMailAddress(text: string): string | null {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  // RFC 5321 §4.5.3.1: at most 64 octets before the @.
  if (at < 1 || local.length > 64 || !localPart.test(local)) return null;
  if (/[^\p{L}\p{M}\p{N}.-]/u.test(domain)) return null;
  const spelled = domainToASCII(domain);
  const labels = spelled.split('.');
  // A last label of digits is an IPv4 address.
  const isDomain = labels.length > 1 && labels.every((each) => label.test(each));
  if (!isDomain || /^\d+$/.test(labels.at(-1) ?? '')) return null;
  const address = `${local}@${spelled}`;
  return address.length > 254 ? null : address;
}

/** For the eyes of operators: enough to see whose mail server it is about. */
export function maskMailAddress(address: string): string {
  return address.replace(/^(.).*@/, '$1…@');
}

/** By which an address is found: mail servers may tell capitals apart, but none does. */
export function mailAddressKey(address: string): string {
  return address.toLowerCase();
}
