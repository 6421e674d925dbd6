import { credentialToJSON } from './credential-to-json.ts';
import { parseCreationOptions } from './parse-options.ts';
import { Problem } from './problem.ts';
import { refusedAtOnce } from './refused-at-once.ts';
import { requestCredential } from './request-credential.ts';
import { send } from './send.ts';
import { signal } from './signal.ts';
import type { Registered } from './types.ts';

/** How to ask: `conditional` asks nobody, and so can't be asked twice. */
interface Manner {
  mediation?: 'conditional';
  stop?: AbortSignal;
}

/** Long enough for a connection to come back, as between two networks; then for a server that restarts. */
const BREATHS_MS = [1_500, 4_000, 10_000];
/** What says nothing of the new key, which may be accepted a moment later. */
const PASSING = ['unreachable', 'unavailable', 'internal_error', 'too_many_requests'];

/** The second half of a registration: create, verify, and tell the password manager what is held now. */
export async function createCredential(
  options: PublicKeyCredentialCreationOptionsJSON,
  manner: Manner = {},
): Promise<Registered> {
  const response = credentialToJSON(await create(options, manner));
  const registered = await insist(() =>
    send<Registered>('POST', '/api/registration/verify', response),
  );
  await signal(registered.signals);
  return registered;
}

/** The device holds the new key, perhaps in the place of its old one: try harder not to lose it. */
async function insist<T>(verify: () => Promise<T>): Promise<T> {
  for (const breath of BREATHS_MS) {
    try {
      return await verify();
    } catch (error) {
      if (!(error instanceof Problem && PASSING.includes(error.code))) throw error;
      await new Promise((resolve) => setTimeout(resolve, breath));
    }
  }
  return verify();
}

async function create(
  options: PublicKeyCredentialCreationOptionsJSON,
  { mediation, stop }: Manner,
): Promise<PublicKeyCredential> {
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
