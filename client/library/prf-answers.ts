import { base64URLStringToBuffer } from '@simplewebauthn/browser';
import { importSecret } from '../vault/hkdf.ts';
import type { Evaluation } from '../vault/lock.ts';

/**
 * What passkeys answered to the PRF extension in the ceremonies of this page, for the vault.
 *
 * Guarantees: an answer is taken only from a response whose UV flag is set, and only if it has the 32 bytes
 * that it must have; it is kept as a key that can't be exported, for a minute at most, and taken once.
 */

/** What came of asking: an answer; `later` if it only comes at the next use; or why there is none. */
export type Outcome = 'answered' | 'later' | 'none' | 'unverified' | 'malformed';

export interface Answers {
  /** The user handle of the account that was signed in by it. */
  account: string;
  outcome: Outcome;
  evaluations: readonly Evaluation[];
  /** Milliseconds since the Unix epoch. */
  at: number;
}

type Options = Partial<
  PublicKeyCredentialRequestOptionsJSON & PublicKeyCredentialCreationOptionsJSON
>;
type Response = RegistrationResponseJSON | AuthenticationResponseJSON;

interface Prf {
  enabled?: boolean;
  results?: { first?: unknown; second?: unknown };
}

const KEPT_MS = 60_000;
const OUTPUT_BYTES = 32;
/** WebAuthn L3 §6.1: the flags come after the hash of the RP ID, and this one says `user verified`. */
const [FLAGS_AT, UV] = [32, 4];

let held: Answers[] = [];
const listeners = new Set<() => void>();

/**
 * Keeps what a ceremony brought, once the server has said whose account it was. Never fails: the sign-in has
 * succeeded, whatever becomes of the answer.
 */
export async function holdAnswers(...given: Parameters<typeof hold>): Promise<void> {
  try {
    await hold(...given);
  } catch {
    // The objects that password managers put in place of the platform's lack some members: then there is no answer.
  }
}

async function hold(
  { extensions, rp, rpId = rp?.id ?? location.hostname }: Options,
  credential: PublicKeyCredential,
  { id, response }: Response,
  account: string,
): Promise<void> {
  const salts = extensions?.prf?.eval;
  if (!salts) return;
  const { prf } = credential.getClientExtensionResults() as { prf?: Prf };
  const { first, second } = prf?.results ?? {};
  const answered = [
    [salts.first, first],
    [salts.second, second],
  ].flatMap(([salt, output]) =>
    typeof salt === 'string' && output ? [{ salt, output: bytes(output) }] : [],
  );
  const outcome = judge(answered, prf, response.authenticatorData);
  const evaluations = outcome === 'answered' ? answered : [];
  const imported = evaluations.map(async ({ salt, output }) => ({
    ...{ rpId, salt, credentialId: id },
    output: await importSecret(output),
  }));
  keepAnswers([{ account, outcome, evaluations: await Promise.all(imported), at: Date.now() }]);
  for (const listener of listeners) listener();
}

function judge(
  answered: readonly { output: ArrayBuffer | ArrayBufferView }[],
  prf: Prf | undefined,
  authenticatorData: string | undefined,
): Outcome {
  if (!answered.length) return prf?.enabled ? 'later' : 'none';
  if (answered.some(({ output }) => output.byteLength !== OUTPUT_BYTES)) return 'malformed';
  const data = new Uint8Array(base64URLStringToBuffer(authenticatorData ?? ''));
  return (data[FLAGS_AT] ?? 0) & UV ? 'answered' : 'unverified';
}

/** Stand-ins of password managers give text, as in the JSON of the specification. */
function bytes(output: unknown): ArrayBuffer | ArrayBufferView<ArrayBuffer> {
  return typeof output === 'string' ? base64URLStringToBuffer(output) : (output as ArrayBuffer);
}

const isYoung = ({ at }: Answers) => Date.now() - at < KEPT_MS;

function expire(): void {
  held = held.filter(isYoung);
}

/** Keeps what the page before had. */
export function keepAnswers(answers: readonly Answers[]): void {
  held.push(...answers);
  setTimeout(expire, KEPT_MS);
}

export function hasAnswers(): boolean {
  expire();
  return held.some(({ evaluations }) => evaluations.length > 0);
}

/** Takes all that is held; nothing of it stays. */
export function takeAnswers(): Answers[] {
  expire();
  const taken = held;
  held = [];
  return taken;
}

/** Calls back whenever a ceremony of this page has brought something. */
export function onAnswers(listener: () => void): void {
  listeners.add(listener);
}
