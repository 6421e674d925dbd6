import type { Suggestion } from '../../library/types.ts';
import { passkeys } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';

/** What the sign-in page has to tell, in the address (`#backup-lost`): the list of passkeys doesn't. */
const learned = () => (location.hash === '#backup-lost' ? 'backup-lost' : null);

/** A quiet card above the list, with one button; nothing where nothing is suggested. */
export function showSuggestion(suggestion: Suggestion | null): void {
  const shown = learned() ?? suggestion;
  byId('suggestion').hidden = !shown;
  byId('suggestion-text').textContent = shown && passkeys.suggestions[shown];
}

/** A passkey was added: whatever was suggested is done. */
export function forgetSuggestion(): void {
  if (learned()) history.replaceState(null, '', location.pathname);
}
