import type { CredentialList } from './contract.ts';
import { credentialToJSON } from './credential-to-json.ts';
import { setPageOwner } from './page-owner.ts';
import { parseCreationOptions } from './parse-options.ts';
import { holdAnswers } from './prf-answers.ts';
import { Problem } from './problem.ts';
import { refusedAtOnce } from './refused-at-once.ts';
import { whileRegistering } from './registering.ts';
import { requestCredential } from './request-credential.ts';
import { send } from './send.ts';
import { forget, signal } from './signal.ts';
import type { Registered, User } from './types.ts';

type Options = PublicKeyCredentialCreationOptionsJSON;

/** `conditional` asks nobody, and so can't be asked twice. */
interface Prompt {
  mediation?: 'conditional';
  stop?: AbortSignal;
}

/** Long enough for a connection to come back, as between two networks; then for a server to restart. */
const RETRY_DELAYS_MS = [1_500, 4_000, 10_000];

/** The second half of a registration: create, verify, and tell the password manager what is held now. */
export async function createCredential(options: Options, prompt: Prompt = {}): Promise<Registered> {
  const registered = await whileRegistering(async () => {
    const credential = await create(options, prompt);
    const response = credentialToJSON(credential) as RegistrationResponseJSON;
    const made = await deliver(options, response);
    await holdAnswers(options, credential, response, made.user.id);
    return made;
  });
  setPageOwner(registered.user.id);
  await signal(registered.signals);
  return registered;
}

/**
 * Sends the new passkey until there is an answer: the device holds it already, perhaps in the place
 * of its old one. After a refusal the device is told to forget it, because it works nowhere.
 */
async function deliver(
  options: Options,
  response: { id: string },
  delays: readonly number[] = RETRY_DELAYS_MS,
  mayBeStored = false,
): Promise<Registered> {
  try {
    return await send<Registered>('POST', '/api/registration/verify', response);
  } catch (error) {
    if (isPassing(error)) {
      const [delay, ...rest] = delays;
      if (delay === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
      return deliver(options, response, rest, true);
    }
    const stored = mayBeStored && (await findStored(options.user.id, response.id));
    if (stored) return stored;
    // A passkey that exists here already is accepted, though not from this ceremony.
    const { code } = error as Problem;
    if (code !== 'credential_exists')
      await forget({ rpId: options.rp.id ?? location.hostname, credentialId: response.id });
    throw error;
  }
}

/** Whether an answer says nothing of the passkey: the next one may be that it is stored. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Problem)) return false;
  const { status, code } = error;
  // Without a code the answer comes from something between us and the server.
  return status === 0 || status === 429 || status >= 500 || code === 'unknown';
}

/**
 * An answer was lost, and the next one refuses the challenge as spent: was the passkey stored?
 *
 * @returns null if it was not
 * @throws {Problem} `unconfirmed` if only a sign-in can tell
 */
async function findStored(userId: string, credentialId: string): Promise<Registered | null> {
  try {
    const { user } = await send<{ user: User }>('GET', '/api/session');
    if (user.id === userId) {
      const { credentials, signals } = await send<CredentialList>('GET', '/api/credentials');
      const credential = credentials.find(({ id }) => id === credentialId);
      return credential ? { user, credential, superseded: null, signals } : null;
    }
  } catch {}
  throw new Problem(0, { code: 'unconfirmed' });
}

async function create(options: Options, { mediation, stop }: Prompt): Promise<PublicKeyCredential> {
  const ask = () =>
    requestCredential(
      (signal) =>
        navigator.credentials.create({
          publicKey: parseCreationOptions(options),
          signal,
          ...(mediation && { mediation }),
        }),
      stop,
    );
  const asked = performance.now();
  try {
    return await ask();
  } catch (error) {
    // Safari before 18 fails the first one after an aborted conditional request, and only that.
    if (!mediation && refusedAtOnce(error, asked)) return ask();
    throw error;
  }
}
