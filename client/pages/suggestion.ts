import type { Suggestion } from '../library/types.ts';
import { byId } from './by-id.ts';

const words: Readonly<Record<Suggestion, string>> = {
  'backup-lost':
    'The passkey that you signed in with is no longer synced. With a second one you can still sign in if you lose the device.',
  'second-passkey':
    'Your only passkey is on one device. With a second one you can still sign in if you lose it.',
  'local-passkey':
    'You signed in with another device. With a passkey on this one, you won’t need it next time.',
};

/** What the sign-in page has to tell, in the address (`#backup-lost`): the list of passkeys doesn't. */
const learned = () => (location.hash === '#backup-lost' ? 'backup-lost' : null);

/** A quiet card above the list, with one button; nothing where nothing is suggested. */
export function showSuggestion(suggestion: Suggestion | null): void {
  const shown = learned() ?? suggestion;
  byId('suggestion').hidden = !shown;
  byId('suggestion-text').textContent = shown && words[shown];
}

/** A passkey was added: whatever was suggested is done. */
export function forgetSuggestion(): void {
  if (learned()) history.replaceState(null, '', location.pathname);
}
