/**
 * Private notes: a small real use of the vault. They open by themselves after a sign-in whose passkey can, and
 * close when they are locked, here or in another tab, and when nobody has touched the page for a while.
 */
import type { CallOptions } from '../../../library/call.ts';
import { send } from '../../../library/send.ts';
import { vault } from '../../../library/vault.ts';
import { vaultServer } from '../../../library/vault-server.ts';
import type { VaultState } from '../../../vault/state.ts';
import { notes as words } from '../../../words/en.ts';
import { byId } from '../../parts/by-id.ts';
import { confirm } from '../../parts/confirm.ts';
import { goodNews, notice } from '../../parts/notice.ts';
import { perform } from '../../parts/perform.ts';
import { explainHere } from '../explain.ts';
import { whenIdle } from './idle.ts';
import { type Holding, holdingOf, mergeNotes, type Note } from './merge-notes.ts';
import { addNote, type Deeds, isEditing, showNotes } from './note-list.ts';

const region = byId('notes-notice');
const closed = byId('notes-closed');
const open = byId('notes-open');
const codeForm = byId<HTMLFormElement>('code-form');
const codeInput = byId<HTMLInputElement>('code');
let stopWatching = () => {};
let exists = false;

/** Begins the section of the page. `state` is the vault as the page brought it, if there is one to be opened. */
export function startNotes(page: { exists: boolean; state: VaultState | null }): void {
  exists = page.exists;
  byId('notes').hidden = false;
  showClosed();
  on('open-notes', (options) =>
    vault.create({ ...options, prompt: closed.dataset['again'] ? 'always' : 'if-needed' }),
  );
  // One more prompt confirms the passkey, or lets another one open the notes from now on.
  on('confirm-notes', (options) => vault.open({ ...options, prompt: 'always' }));
  // There is one code for the account and its notes.
  byId('make-code').addEventListener('click', () => byId('make-recovery-code').click());
  on('lock-notes', async () => vault.lock());
  on('download-notes', download);
  for (const id of ['delete-notes', 'give-up-notes']) on(id, removeAll);
  byId('new-note').addEventListener('click', () => {
    notice(region);
    addNote(deeds);
  });
  byId('use-code').addEventListener('click', () => {
    codeForm.hidden = false;
    byId('use-code').hidden = true;
    codeInput.focus();
  });
  codeForm.addEventListener('submit', (event) => {
    event.preventDefault();
    void attempt(codeForm.querySelector('[type=submit]') as HTMLElement, openWithCode);
  });
  vault.onChange((isOpen) => void show(isOpen));
  document.addEventListener('visibilitychange', () => void lockIfSignedOut());
  void arrive(page.state);
}

/** Who looks at this page again may have signed out elsewhere meanwhile, or be somebody else. */
async function lockIfSignedOut(): Promise<void> {
  if (document.visibilityState === 'hidden' || open.hidden) return;
  try {
    await send('GET', '/api/session');
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'unauthenticated' || code === 'account_changed') vault.lock();
  }
}

async function show(isOpen: boolean): Promise<void> {
  if (isOpen) return showOpen();
  showClosed();
  notice(region, words.locked);
}

/** A passkey was deleted: if it could open the notes, their key is changed at once. */
export async function afterDeletion(): Promise<void> {
  const { isOpen } = await vault.status();
  if (!isOpen) return;
  await vault.rotate();
  await showOpen();
}

function on(id: string, deed: (options: CallOptions) => Promise<unknown>): void {
  byId(id).addEventListener('click', ({ currentTarget }) =>
    attempt(currentTarget as HTMLElement, deed),
  );
}

function attempt(button: HTMLElement, deed: (options: CallOptions) => Promise<unknown>) {
  return perform(button, region, deed, (error) => {
    offerOtherWays(error);
    return explainHere(words.notOpened)(error);
  });
}

/** Opens the notes with what the sign-in brought, or makes the vault for them, without asking. */
async function arrive(state: VaultState | null): Promise<void> {
  if (!(await vault.hasAnswers())) return;
  try {
    vaultServer.expect(state);
    await vault.create({ prompt: 'never' });
  } catch (error) {
    // Whoever has no notes need not hear why they would not open.
    if (!exists) return;
    offerOtherWays(error);
    notice(region, explainHere()(error));
  } finally {
    vaultServer.expect(null);
  }
}

async function openWithCode(): Promise<void> {
  await vault.openWithRecoveryCode(codeInput.value);
  codeInput.value = '';
}

async function showOpen(): Promise<void> {
  const { waysIn, isOpen } = await vault.status();
  if (!isOpen) return;
  exists = true;
  swap(closed, open, 'new-note');
  codeForm.hidden = true;
  const { passkeys = 0, recovery = false } = waysIn ?? {};
  byId('notes-ways').textContent = words.ways(passkeys, recovery);
  byId('confirm-notes').textContent = passkeys + Number(recovery) ? words.addWay : words.confirm;
  byId('make-code').textContent = recovery ? words.renewCode : words.makeCode;
  if (!isEditing()) showNotes((await holding()).notes ?? [], deeds);
  stopWatching();
  stopWatching = whenIdle(() => vault.lock());
}

/** Shows `to` in the place of `from`; if the focus was in `from`, it moves to this button. */
function swap(from: HTMLElement, to: HTMLElement, button: string): void {
  const hadFocus = from.contains(document.activeElement);
  from.hidden = true;
  to.hidden = false;
  if (hadFocus) byId(button).focus();
}

/** Nothing that was read or typed while they were open stays in the page. */
function showClosed(): void {
  stopWatching();
  delete closed.dataset['again'];
  byId<HTMLInputElement>('find-note').value = codeInput.value = '';
  swap(open, closed, 'open-notes');
  byId('note-list').replaceChildren();
  byId('open-notes').textContent = exists ? words.open : words.start;
  byId('use-code').hidden = byId('give-up-notes').hidden = codeForm.hidden = true;
}

/**
 * If a passkey doesn't open the notes, another one or the code may. An owner who has neither can delete the notes:
 * otherwise they could not delete a passkey that they lost, either.
 */
function offerOtherWays(error: unknown): void {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !code.startsWith('vault_') || !exists || closed.hidden) return;
  closed.dataset['again'] = '1';
  byId('open-notes').textContent = words.openOther;
  byId('use-code').hidden = !codeForm.hidden;
  byId('give-up-notes').hidden = false;
}

const deeds: Deeds = {
  save: ({ id = crypto.randomUUID(), text }, button) =>
    void attempt(button, async () => {
      const at = new Date().toISOString();
      await change((notes) => [...notes.filter((each) => each.id !== id), { id, text, at }]);
      goodNews(region, words.saved);
      byId('new-note').focus();
    }),
  remove: (note, button) =>
    void attempt(button, async () => {
      const sure = await confirm({
        title: words.deleteTitle,
        text: words.deleteText,
        yes: words.delete,
      });
      if (!sure) return;
      await change((notes) => notes.filter(({ id }) => id !== note.id));
      byId('new-note').focus();
    }),
};

/** Writes the notes; if no way in counts yet, the passkey has to answer once more before. */
async function change(next: (notes: Note[]) => Note[]): Promise<void> {
  const { notes = [], ...others } = await holding();
  const value: Holding = { ...others, notes: next(notes) };
  try {
    await vault.write(value, mergeNotes);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'vault_unconfirmed') throw error;
    notice(region, words.confirmOnce);
    await vault.open({ prompt: 'always' });
    await vault.write(value, mergeNotes);
  }
  showNotes((await holding()).notes ?? [], deeds);
  await showOpen();
}

async function holding(): Promise<Holding> {
  return holdingOf(await vault.read()) ?? {};
}

async function download(): Promise<void> {
  const { notes = [] } = await holding();
  const file = new Blob([JSON.stringify(notes, null, 2)], { type: 'application/json' });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = 'notes.json';
  link.click();
  URL.revokeObjectURL(link.href);
}

async function removeAll(): Promise<void> {
  const sure = await confirm({
    title: words.deleteAllTitle,
    text: words.deleteAllText,
    yes: words.deleteAll,
  });
  if (!sure) return;
  await vault.remove();
  exists = false;
  showClosed();
  goodNews(region, words.allDeleted);
}
