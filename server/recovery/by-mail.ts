/**
 * Recovery by mail. A mail with a link comes to the verified address of an account; with the recovery code the link
 * opens a restricted session, alone it only begins a wait, which its owner can end in many ways (`policy/recovery.ts`
 * says what is needed).
 *
 * Guarantees: whoever asks learns nothing of whether there is such an account, because all that happens at once is
 * that a message is written; opening a link uses nothing up; a link works in a browser that asked for one.
 */
import { toBase64Url } from '../base64url.ts';
import type { Deps } from '../deps.ts';
import { RpError } from '../errors.ts';
import { recoveryOutcome } from '../policy/recovery.ts';
import type { Caller } from '../records/caller.ts';
import { hashOf } from './code.ts';
import type { Owner } from './fresh-owner.ts';
import type { MailMessage } from './mail/message.ts';
import { hashOfBrowser, hashOfToken, vetoToken } from './mail-secrets.ts';
import { isEqual, steadily } from './refusals.ts';
import { type Opened, openRestricted } from './restricted-session.ts';

const dayMs = 86_400_000;
/** NIST SP 800-63B-4 §4.2.1.2: a code by mail is good for 24 hours at most. */
export const linkTtlMs = dayMs;
/** How long a recovery can be finished once its wait is over. */
const openForMs = 7 * dayMs;

/** For so long a browser that asks for a link has to be known, also if it is closed meanwhile. */
export function browserIsKnownForMs({ recovery }: Pick<Deps['config'], 'recovery'>): number {
  return linkTtlMs + (recovery.delayMs ?? 0) + openForMs;
}

type By = { readonly username: string } | { readonly email: string };

/** Writes one message, whether there is such an account or not; what comes of it is decided when it is delivered. */
export async function beginRecovery(
  deps: Deps,
  { browser, userAgent, country }: Caller & { readonly browser: string },
  by: By,
): Promise<void> {
  const at = deps.now();
  const message: MailMessage = {
    ...{ kind: 'recovery-asked', at, by, browserHash: hashOfBrowser(browser), userAgent, country },
  };
  await deps.store.addMessages([
    {
      ...{ channel: 'mail', subject: '', createdAt: at, dueAt: at },
      message: JSON.stringify(message),
    },
  ]);
}

/**
 * @param verifier of the recovery code, if the person has it
 * @returns the session, or when the wait is over
 * @throws {RpError} `challenge_invalid` (the link is unknown, used, ended, expired, or of another browser),
 *   `verification_failed` (the code is wrong or missing), `account_disabled`
 */
export function followLink(
  deps: Deps,
  caller: Caller,
  { token, verifier }: { readonly token: string; readonly verifier?: string | undefined },
): Promise<Opened | { readonly opensAt: number }> {
  return steadily(async () => {
    const now = deps.now();
    const link = {
      ...{ tokenHash: hashOfToken(token), browserHash: hashOfBrowser(caller.browser ?? ''), now },
    };
    const found = await deps.store.findRecoveryLink(link);
    const user = found && (await deps.store.findUser(found.userId));
    if (!found || !user) throw new RpError('challenge_invalid', { detail: 'no such link' });
    const verifierHash = verifier === undefined ? null : hashOf(deps, verifier);
    const shown = verifierHash === null ? 'mail' : 'code and mail';
    const outcome = recoveryOutcome(deps.config.recovery, shown);
    if (outcome === 'nothing')
      throw new RpError('verification_failed', { detail: 'a code is needed' });
    if (verifierHash !== null) {
      const code = await deps.store.findRecoveryCode(user.id);
      if (code === null || !isEqual(code.verifierHash, verifierHash)) {
        throw new RpError('verification_failed', { detail: 'no such recovery code' });
      }
    }
    if (outcome === 'waits' && found.opensAt === null)
      return startWait(deps, caller, user.id, link);
    if (outcome === 'waits' && now < (found.opensAt ?? 0)) return { opensAt: found.opensAt ?? 0 };
    const opened = openRestricted(deps, caller, user, 'recovery');
    const { userAgent, country } = caller;
    // Of several at once, the store lets one through.
    await deps.store.redeemRecoveryLink({
      ...{ ...link, verifierHash, session: opened.session, replaces: caller.session },
      audit: [
        {
          ...{ at: now, kind: 'recovered-by-mail', userId: user.id, credentialId: null },
          sessionId: opened.session.id,
          evidence: { userAgent, country, withCode: verifierHash !== null },
        },
      ],
    });
    return opened;
  });
}

async function startWait(
  deps: Deps,
  { userAgent, country }: Caller,
  userId: string,
  link: { readonly tokenHash: string; readonly browserHash: string; readonly now: number },
): Promise<{ opensAt: number }> {
  const { now } = link;
  const opensAt = now + (deps.config.recovery.delayMs ?? 0);
  const veto = toBase64Url(deps.random(16));
  const hasBegun = await deps.store.startRecoveryWait({
    ...{ ...link, opensAt, expiresAt: opensAt + openForMs },
    vetoHash: hashOfToken(vetoToken(deps, veto)),
    audit: [
      {
        ...{ at: now, kind: 'recovery-started', userId, credentialId: null, sessionId: null },
        evidence: { userAgent, country, opensAt, veto },
      },
    ],
  });
  if (hasBegun) return { opensAt };
  // Another request of this browser was first.
  const found = await deps.store.findRecoveryLink(link);
  if (found === null || found.opensAt === null) throw new RpError('challenge_invalid');
  return { opensAt: found.opensAt };
}

/** Ends every recovery of the account, on a device that is signed in. @throws {RpError} `not_found` */
export async function stopRecovery(deps: Deps, owner: Owner): Promise<void> {
  await stop(deps, owner, owner.user.id, 'session');
}

/** The same by the link in the notice. @throws {RpError} `challenge_invalid` */
export async function vetoRecovery(deps: Deps, caller: Caller, token: string): Promise<void> {
  const userId = await deps.store.findVeto(hashOfToken(token), deps.now());
  if (userId === null) throw new RpError('challenge_invalid', { detail: 'no such recovery' });
  try {
    await stop(deps, caller, userId, 'link');
  } catch (error) {
    if (!(error instanceof RpError && error.code === 'not_found')) throw error;
    throw new RpError('challenge_invalid', { detail: 'the recovery has ended' });
  }
}

async function stop(
  { store, now }: Deps,
  { session, userAgent, country }: Caller,
  userId: string,
  by: 'session' | 'link',
): Promise<void> {
  await store.stopRecovery({
    userId,
    audit: [
      {
        ...{ at: now(), kind: 'recovery-stopped', userId, credentialId: null },
        sessionId: session?.userId === userId ? session.id : null,
        evidence: { userAgent, country, by },
      },
    ],
  });
}
