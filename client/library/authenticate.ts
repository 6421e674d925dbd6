import { credentialToJSON } from './credential-to-json.ts';
import { signInOptions } from './held-options.ts';
import { setPageOwner } from './page-owner.ts';
import { parseRequestOptions } from './parse-options.ts';
import { holdAnswers } from './prf-answers.ts';
import { Problem } from './problem.ts';
import { requestCredential } from './request-credential.ts';
import { send } from './send.ts';
import { signalAfter } from './signal.ts';
import type { News, SignedIn } from './types.ts';

/** How to ask, and what to be told about it. */
export interface Manner {
  mediation?: 'conditional';
  uiMode?: 'immediate';
  stop?: AbortSignal;
  onPending?: () => void;
  onChosen?: () => void;
}

/** One authentication ceremony: prompt, verify, and tell the password manager what was learned. */
export async function authenticate(
  options: PublicKeyCredentialRequestOptionsJSON,
  { stop, onPending, onChosen, ...manner }: Manner = {},
): Promise<SignedIn> {
  const credential = await requestCredential((signal) => {
    const request = navigator.credentials.get({
      publicKey: parseRequestOptions(options),
      signal,
      ...manner,
    });
    onPending?.();
    return request;
  }, stop);
  onChosen?.();
  // Whatever the server answers, this challenge has been shown to it and is not used again.
  signInOptions.drop(options);
  const signal = signalAfter();
  const response = credentialToJSON(credential) as AuthenticationResponseJSON;
  try {
    const signedIn = await send<SignedIn>('POST', '/api/authentication/verify', response);
    setPageOwner(signedIn.user.id);
    await holdAnswers(options, credential, response, signedIn.user.id);
    await signal(signedIn.signals);
    return signedIn;
  } catch (error) {
    if (error instanceof Problem && error.code === 'credential_unknown')
      await signal(unknown(error));
    throw error;
  }
}

/** A passkey that the server does not know is of no use on the device either: the server says which. */
function unknown({ members: { rpId, credentialId } }: Problem): News {
  return typeof rpId === 'string' && typeof credentialId === 'string'
    ? { unknownCredential: { rpId, credentialId } }
    : {};
}
