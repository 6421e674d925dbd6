import { Problem } from '../library/problem.ts';

/** A hint is said calmly, an error plainly. */
export interface Explanation {
  tone: 'hint' | 'error';
  text: string;
}

/**
 * What went wrong in the person's words, by problem code or by name of the browser's exception.
 * Codes that are missing here carry a `title` that already says it.
 */
const words: Record<string, string> = {
  unreachable:
    'The server can’t be reached. Nothing was lost. Check your connection and try again.',
  invalid_request: 'That can’t be used here. Keep it short; a user name has no spaces.',
  challenge_invalid: 'That took a little too long. Please try again.',
  verification_failed: 'This passkey could not be checked. Please try again.',
  user_verification_required: 'Please use Face ID, your fingerprint or your device passcode.',
  // It was confirmed, and that was not enough.
  step_up_required:
    'Please confirm with another passkey. If you have no other, ask whoever runs this service.',
  account_disabled: 'This account is switched off. Please ask whoever runs this service.',
  authenticator_not_allowed:
    'This account takes other kinds of passkeys only. Use another device or a security key.',
  credential_unknown: 'This passkey is no longer used here. Choose another one.',
  credential_exists: 'This passkey has already been added.',
  username_taken: 'This user name is taken. Please choose another one.',
  last_credential: 'Your only passkey can’t be deleted. Add another one first.',
  unavailable: 'The service is taking a short break. Please try again in a moment.',
  InvalidStateError: 'This device already has a passkey for this account.',
  NotSupportedError: 'This device can’t make a passkey that works here.',
  ConstraintError: 'Set up Face ID, a fingerprint or a passcode on this device first.',
  SecurityError:
    'This browser can’t use that passkey at this address. Try another passkey or another browser.',
};

/** Turns whatever was thrown into words for people. A prompt that was closed is not an error. */
export function explain(error: unknown): Explanation {
  const { name, message } = error instanceof Error ? error : { name: '', message: '' };
  if (name === 'NotAllowedError' || name === 'AbortError')
    return { tone: 'hint', text: 'No passkey was used. You can try again.' };
  const problem = error instanceof Problem;
  const text = words[problem ? error.code : name] ?? (problem ? message : '');
  return { tone: 'error', text: text || 'Something went wrong. Please try again.' };
}
