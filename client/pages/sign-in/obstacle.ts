import { keepsCookies } from '../../library/cookies.ts';
import { byId } from '../parts/by-id.ts';
import { advice, adviceElement } from './advice.ts';

/** What keeps anybody from signing in here, by the name that it has in the page's HTML. */
function findObstacle(origin: string): string | undefined {
  // Passkeys and cookies belong to one address; only the server knows which.
  if (location.origin !== origin) return 'other-address';
  if (!globalThis.PublicKeyCredential) return 'no-passkeys';
  return keepsCookies() ? undefined : 'no-cookies';
}

/**
 * Shows what is in the way in the place of the form, before anything is asked of the person or of the
 * browser; false if nothing is.
 */
export function showObstacle(origin: string): boolean {
  const obstacle = findObstacle(origin);
  if (!obstacle) return false;
  byId('form').hidden = true;
  byId(obstacle).hidden = false;
  adviceElement(advice(navigator.userAgent, isSecureContext)).hidden = false;
  document.documentElement.dataset['autofill'] = 'unsupported';
  return true;
}
