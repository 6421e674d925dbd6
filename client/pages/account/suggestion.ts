import type { Suggestion } from '../../library/types.ts';
import { passkeys } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import { leaveNote, takeNote } from '../parts/note.ts';

/** The sign-in page has learned that the passkey is not synced any more: the list doesn't tell. */
let backupLost = false;

/** Keeps the news, also for when the page is loaded again. */
export function learnOfLostBackup(): void {
  backupLost = true;
  leaveNote('backup-lost');
}

/** A quiet card above the list, with one button; nothing if nothing is suggested. */
export function showSuggestion(suggestion: Suggestion | null): void {
  const shown = backupLost ? 'backup-lost' : suggestion;
  byId('suggestion').hidden = !shown;
  byId('suggestion-text').textContent = shown && passkeys.suggestions[shown];
}

/** In the place of a suggestion: for an account without a passkey. */
export function showOffer(text: string): void {
  byId('suggestion').hidden = false;
  byId('suggestion-text').textContent = text;
  byId('suggestion-accept').textContent = passkeys.add;
}

/** A passkey was added: whatever was suggested is done. */
export function forgetSuggestion(): void {
  if (backupLost) takeNote();
  backupLost = false;
}
