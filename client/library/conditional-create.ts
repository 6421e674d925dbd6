import { capability } from './capability.ts';
import { requireCookies } from './cookies.ts';
import { createCredential } from './create-credential.ts';
import { modal } from './modal.ts';
import { send } from './send.ts';
import type { Registered } from './types.ts';

/**
 * After a sign-in by other means: makes a passkey without asking, if the browser and the person's
 * password manager agree to (WebAuthn L3 §5.1.3, `conditional`). It shows nothing and never fails:
 * null says that no passkey was made. `stop`, or any ceremony that begins meanwhile, ends it.
 */
export async function conditionalCreate(stop?: AbortSignal): Promise<Registered | null> {
  try {
    requireCookies();
    if (!(await capability('conditionalCreate'))) return null;
    return await modal.run(async () => {
      const mediation = 'conditional';
      // Not `call`: a step-up would ask the person for something that they did not begin.
      const options = await send<PublicKeyCredentialCreationOptionsJSON>(
        'POST',
        '/api/registration/options',
        { mediation },
      );
      return createCredential(options, { mediation, ...(stop && { stop }) });
    });
  } catch {
    return null;
  }
}
