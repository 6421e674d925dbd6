/** What both dialects refuse with, in the same words for the log. */
import { RpError } from '../errors.ts';

export const accountIsGone = () =>
  new RpError('unauthenticated', { detail: 'the account is gone' });
export const sessionIsGone = () =>
  new RpError('unauthenticated', { detail: 'the session is gone' });
/** A cursor that no page gave out. */
export const noSuchPage = () =>
  new RpError('invalid_request', { publicDetail: 'before: the `next` of another page' });
export const nonceIsSpent = () =>
  new RpError('challenge_invalid', { detail: 'the nonce is spent, or may have been' });
export const counterMoved = () =>
  new RpError('verification_failed', { detail: 'the signature counter moved meanwhile' });
