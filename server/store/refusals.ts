/** What both dialects refuse with, in the same words for the log. */
import { RpError } from '../errors.ts';

export const accountIsGone = () =>
  new RpError('unauthenticated', { detail: 'the account is gone' });
export const sessionIsGone = () =>
  new RpError('unauthenticated', { detail: 'the session is gone' });
/** A cursor that no page gave out. */
export const noSuchPage = () =>
  new RpError('invalid_request', { publicDetail: 'before: the `next` of another page' });
/** Of a database that was restored since, or of another one. */
export const noSuchPosition = () =>
  new RpError('invalid_request', { publicDetail: 'after: the `next` of another page' });
export const operatorKeyIsGone = () =>
  new RpError('operator_key_invalid', { detail: 'revoked or expired meanwhile' });
export const nonceIsSpent = () =>
  new RpError('challenge_invalid', { detail: 'the nonce is spent, or may have been' });
export const recoveryCodeIsWrong = () =>
  new RpError('verification_failed', { detail: 'no such recovery code' });
export const enrolmentIsGone = () =>
  new RpError('challenge_invalid', { detail: 'the link is used up or has expired' });
export const linkIsGone = () =>
  new RpError('challenge_invalid', { detail: 'no such link, not in this browser, or not yet' });
export const invitationIsGone = () =>
  new RpError('invitation_invalid', { detail: 'the invitation is used up or has expired' });
export const invitationIsRevoked = () =>
  new RpError('invitation_revoked', { detail: 'an operator has revoked the invitation' });
export const counterMoved = () =>
  new RpError('verification_failed', { detail: 'the signature counter moved meanwhile' });
