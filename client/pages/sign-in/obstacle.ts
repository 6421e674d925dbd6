import { browserSupportsWebAuthn } from '@simplewebauthn/browser';
import { keepsCookies } from '../../library/cookies.ts';
import { obstacles } from '../../words/en.ts';
import { advice } from '../parts/advice.ts';
import { byId } from '../parts/by-id.ts';

/** What keeps anybody from signing in here, and where or how it goes. */
interface Obstacle {
  title: string;
  text: string;
  /** The address of the page where it goes. */
  address?: string;
}

/** Finds it before anything is asked of the person or of the browser. */
function findObstacle(origin: string): Obstacle | undefined {
  // Passkeys and cookies belong to one address; only the server knows which.
  if (location.origin !== origin)
    return { title: obstacles.otherAddress, text: obstacles.openAt, address: `${origin}/sign-in` };
  if (!browserSupportsWebAuthn())
    return { title: obstacles.noPasskeys, text: advice(navigator.userAgent, isSecureContext) };
  if (!keepsCookies()) return { title: obstacles.noCookies, text: obstacles.allowCookies };
  return undefined;
}

/** Shows what is in the way in the place of the form; false if nothing is. */
export function showObstacle(origin: string): boolean {
  const obstacle = findObstacle(origin);
  if (!obstacle) return false;
  const { title, text, address } = obstacle;
  byId('form').hidden = true;
  byId('unsupported').hidden = false;
  byId('obstacle').textContent = title;
  byId('advice').textContent = text;
  if (address) {
    const link = document.createElement('a');
    link.href = link.textContent = address;
    byId('advice').append(' ', link);
  }
  document.documentElement.dataset['autofill'] = 'unsupported';
  return true;
}
