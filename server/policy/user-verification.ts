/**
 * The user-verification policy: what each purpose asks for, and what a session must have shown
 * before a sensitive call. Pure decisions on plain values; what the options ask is what verify
 * enforces, because both read the same answer from here.
 */
import { RpError } from '../errors.ts';
import type { Credential } from '../records/credential.ts';
import type { Session } from '../records/session.ts';
import { goesByAppleAlone, speaksForOwner } from './ways-in.ts';

/** WebAuthn L3 §5.8.6 UserVerificationRequirement. */
export type UserVerificationRequirement = 'required' | 'preferred' | 'discouraged';

/** `manage`: adding or deleting a passkey, deleting the account. */
type Purpose = 'sign-in' | 'step-up' | 'manage' | 'vault';

export type UserVerificationPolicy = Readonly<Record<Purpose, UserVerificationRequirement>>;

/** WebAuthn L3 §7.1 step 16 and §7.2 step 17: only `required` makes a missing UV flag a refusal. */
export function enforcesUserVerification(requirement: UserVerificationRequirement): boolean {
  return requirement === 'required';
}

/** What a session has shown of the person behind it. */
export interface Authentication {
  /** When the person last authenticated, in milliseconds since the epoch. */
  readonly authenticatedAt: number;
  /** Whether that authentication carried the UV flag. */
  readonly userVerified: boolean;
}

/**
 * Whether a call must first be confirmed by a step-up.
 *
 * `required` wants a user-verified authentication no older than `maxAgeSeconds`; `preferred` one
 * of that age, verified or not; `discouraged` wants only the session.
 */
export function needsStepUp(
  requirement: UserVerificationRequirement,
  authentication: Authentication,
  now: number,
  maxAgeSeconds: number,
): boolean {
  if (requirement === 'discouraged') return false;
  const age = now - authentication.authenticatedAt;
  // A clock that was set back must not make an old authentication young for ever.
  const fresh = age >= -60_000 && age <= maxAgeSeconds * 1000;
  return !fresh || (requirement === 'required' && !authentication.userVerified);
}

/** @throws {RpError} `step_up_required` */
export function requireStepUp(
  ...[requirement, authentication, now, maxAgeSeconds]: Parameters<typeof needsStepUp>
): void {
  if (!needsStepUp(requirement, authentication, now, maxAgeSeconds)) return;
  throw new RpError('step_up_required');
}

/**
 * The same for what changes the ways into an account. A session that does not speak for the owner shows
 * nothing of the person: whatever the policy asks of others, it needs a step-up with a passkey that does.
 *
 * @param held the credentials of the account
 */
export function needsStepUpToManage(
  requirement: UserVerificationRequirement,
  session: Pick<Session, 'method' | 'credentialId' | 'authenticatedAt' | 'userVerified'>,
  held: readonly Pick<Credential, 'id' | 'state'>[],
  now: number,
  maxAgeSeconds: number,
): boolean {
  return speaksForOwner(session, held)
    ? needsStepUp(requirement, session, now, maxAgeSeconds)
    : needsStepUp('required', { ...session, userVerified: false }, now, maxAgeSeconds);
}

/** @throws {RpError} `step_up_required` */
export function requireStepUpToManage(...given: Parameters<typeof needsStepUpToManage>): void {
  if (needsStepUpToManage(...given)) throw new RpError('step_up_required');
}

/**
 * The same for what an account without a passkey needs: its first one, and its end. There is nothing to step up with,
 * so a fresh sign-in with Apple has to do. It still verifies nobody.
 *
 * @throws {RpError} `step_up_required`; its `reason` is `apple` if a fresh sign-in with Apple is what is missing
 */
export function requireStepUpOrApple(
  ground: Parameters<typeof goesByAppleAlone>[2],
  requirement: UserVerificationRequirement,
  session: Parameters<typeof needsStepUpToManage>[1],
  held: readonly Credential[],
  now: number,
  maxAgeSeconds: number,
): void {
  const isAlone = goesByAppleAlone(session, held, ground);
  if (!isAlone) requireStepUpToManage(requirement, session, held, now, maxAgeSeconds);
  if (!isAlone || !needsStepUp('preferred', session, now, maxAgeSeconds)) return;
  throw new RpError('step_up_required', { members: { reason: 'apple', stepUp: undefined } });
}
