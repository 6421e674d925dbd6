import { call } from './call.ts';
import { credentialToJSON } from './credential-to-json.ts';
import { modal } from './modal.ts';
import { parseCreationOptions } from './parse-options.ts';
import { refusedAtOnce } from './refused-at-once.ts';
import { requestCredential } from './request-credential.ts';
import { send } from './send.ts';
import { signal } from './signal.ts';
import type { Registered } from './types.ts';

/** Signed out: the names of the new account. Signed in: what the further passkey is for. */
export interface Registration {
  username?: string;
  displayName?: string;
  upgrades?: string;
  mediation?: 'conditional';
  hints?: string[];
}

/** Makes a passkey, for a new account or for the one signed in. Call it from a click. */
export function register(request: Registration = {}): Promise<Registered> {
  return modal.run(async () => {
    const options = await call<PublicKeyCredentialCreationOptionsJSON>(
      'POST',
      '/api/registration/options',
      request,
    );
    const credential = await create(options, request.mediation);
    const registered = await send<Registered>(
      'POST',
      '/api/registration/verify',
      credentialToJSON(credential),
    );
    await signal(registered.signals);
    return registered;
  });
}

async function create(
  options: PublicKeyCredentialCreationOptionsJSON,
  mediation: Registration['mediation'],
): Promise<PublicKeyCredential> {
  const ask = () =>
    requestCredential((signal) =>
      navigator.credentials.create({
        publicKey: parseCreationOptions(options),
        signal,
        ...(mediation && { mediation }),
      }),
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
