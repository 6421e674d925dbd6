import { fromBase64Url } from '../../base64url.ts';
import { domainOf, type ServedDomains } from '../../policy/served-domains.ts';
import { isAccepted } from '../../policy/ways-in.ts';
import type { AccountShape, PasskeyShape } from '../../records/account-shape.ts';
import type { Credential } from '../../records/credential.ts';

/** Null where none of the passkeys lets anybody in. */
export function accountShape(
  served: ServedDomains,
  credentials: readonly Pick<Credential, 'id' | 'rpId' | 'state' | 'transports'>[],
): AccountShape | null {
  const rpId = domainOf(served, credentials);
  if (rpId === null) return null;
  const shown = credentials.filter((each) => isAccepted(each) && served.includes(each.rpId));
  const passkeys = shown.map(({ id, rpId, transports }) => ({
    ...{ rpId, transports, idLength: fromBase64Url(id).length },
  }));
  return { rpId, passkeys };
}

/** What authenticators in wide use report, in the order in which they do. */
const commonTransports = new Set([
  '',
  'internal',
  'internal,hybrid',
  'hybrid,internal',
  'usb',
  'nfc',
  'usb,nfc',
  'nfc,usb',
]);
/** The lengths of the IDs that they make, in bytes. */
const commonIdLengths: readonly number[] = [16, 20, 32, 48, 64];
const commonPasskeys = 8;

/**
 * Whether many accounts of any site have this shape. What is rare would mark the names that show it: whoever
 * signs up with it could tell which names are nobody's.
 */
export function isCommon({ passkeys }: AccountShape): boolean {
  return (
    passkeys.length <= commonPasskeys &&
    passkeys.every(
      ({ idLength, transports }) =>
        commonIdLengths.includes(idLength) && commonTransports.has(transports.join()),
    )
  );
}

/** One passkey that syncs, as most people have. */
export function commonShape(rpId: string): AccountShape {
  return { rpId, passkeys: [{ rpId, idLength: 20, transports: ['internal', 'hybrid'] }] };
}

/** What is shown under one domain: where there are none, such as those of the domain that it has. */
export function passkeysUnder(
  { rpId, passkeys }: AccountShape,
  asked: string,
): readonly PasskeyShape[] {
  const there = passkeys.filter((each) => each.rpId === asked);
  return there.length > 0 ? there : passkeys.filter((each) => each.rpId === rpId);
}
