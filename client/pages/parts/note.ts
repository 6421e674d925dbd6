/**
 * What one page leaves for the next one to say. It is kept in the tab's own storage rather than in
 * the address, so that no link from outside can make a page say it.
 */
export type Note =
  | 'account-changed'
  | 'account-deleted'
  | 'backup-lost'
  | 'confirmed-with-apple'
  | 'passkey-added'
  | 'passkey-updated'
  | 'recovered'
  | 'session-ended'
  | 'signed-out';

const KEY = 'latchkey-note';

export function leaveNote(note: Note): void {
  try {
    sessionStorage.setItem(KEY, note);
  } catch {
    // If storage is blocked or full, a sentence is missing, no more.
  }
}

/** Takes the note that was left. It may say anything: look it up in a list. */
export function takeNote(): string | null {
  try {
    const note = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    return note;
  } catch {
    return null;
  }
}
