/**
 * Verified mail addresses: where owners hear of what happens to their accounts, and where a recovery by mail begins.
 * An address counts once its owner has typed the code that was sent to it, in the browser that asked.
 */
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { mailAddressKey, parseMailAddress } from '../policy/mail-address.ts';
import { entry } from './entry.ts';
import { type Owner, requireFreshOwner } from './fresh-owner.ts';
import type { MailMessage } from './mail/message.ts';
import { addressCode, addressCodeHash, hashOfToken } from './mail-secrets.ts';

const codeTtlMs = 10 * 60_000;
const tries = 5;

interface InBrowser extends Owner {
  readonly browser: string;
}

/**
 * Sends a code to a new address. The address before it stays until the code was typed.
 *
 * @throws {RpError} `step_up_required`, `invalid_request`, `too_many_requests`
 */
export async function offerAddress(deps: Deps, owner: InBrowser, email: string): Promise<void> {
  const address = parseMailAddress(email);
  if (address === null) {
    throw new RpError('invalid_request', { publicDetail: 'email: one mail address' });
  }
  await requireFreshOwner(deps, owner);
  const addressKey = mailAddressKey(address);
  await deps.rateLimiter.take('mail-by-account', owner.user.id);
  await deps.rateLimiter.take('mail-by-mailbox', hashOfToken(addressKey));
  const { user, browser, userAgent, country } = owner;
  const [at, nonce] = [deps.now(), toBase64Url(deps.random(16))];
  const message: MailMessage = { kind: 'address-code', at, nonce, userAgent, country };
  await deps.store.offerAddress({
    ...{ userId: user.id, address, addressKey, tries, expiresAt: at + codeTtlMs },
    codeHash: addressCodeHash(deps, user.id, browser, addressCode(deps, nonce)),
    outbox: [
      {
        ...{ channel: 'mail', subject: user.id, recipient: address, createdAt: at, dueAt: at },
        message: JSON.stringify(message),
      },
    ],
  });
}

/** @throws {RpError} `verification_failed` (wrong, expired, of another browser, or after too many tries) */
export async function verifyAddress(deps: Deps, owner: Owner, code: string): Promise<void> {
  const { user, browser } = owner;
  const now = deps.now();
  const isRight = await deps.store.verifyAddress({
    ...{ userId: user.id, now, audit: [entry(owner, now, 'recovery-address-set')] },
    codeHash: addressCodeHash(deps, user.id, browser ?? '', code),
  });
  if (!isRight) throw new RpError('verification_failed', { detail: 'no such code' });
}

/** @throws {RpError} `step_up_required`, `not_found` */
export async function removeAddress(deps: Deps, owner: Owner): Promise<void> {
  await requireFreshOwner(deps, owner);
  const audit = [entry(owner, deps.now(), 'recovery-address-removed')];
  await deps.store.removeAddress({ userId: owner.user.id, audit });
}
