import { notes as words } from '../../../words/en.ts';
import { beginLine, moment } from '../../../words/when.ts';
import { byId } from '../../parts/by-id.ts';
import { clone } from '../../parts/clone.ts';
import type { Note } from './merge-notes.ts';

/** What can be done with a note of the list. */
export interface Deeds {
  save: (note: Pick<Note, 'text'> & { id?: string }, button: HTMLElement) => void;
  remove: (note: Note, button: HTMLElement) => void;
}

const list = byId('note-list');
const search = byId<HTMLInputElement>('find-note');

/** Shows the notes, the latest first; the field above them finds words in them. */
export function showNotes(notes: readonly Note[], deeds: Deeds): void {
  const latest = [...notes].sort((one, other) => (one.at < other.at ? 1 : -1));
  const items = latest.map((note) => ({ note, root: item(note, deeds) }));
  list.replaceChildren(...items.map(({ root }) => root));
  search.parentElement?.toggleAttribute('hidden', notes.length < 2);
  const filter = () => {
    const wanted = search.value.trim().toLocaleLowerCase();
    for (const { note, root } of items) {
      root.hidden = !note.text.toLocaleLowerCase().includes(wanted);
    }
    const isNone = items.every(({ root }) => root.hidden);
    const none = byId('no-notes');
    none.hidden = !isNone;
    none.textContent = notes.length ? words.notFound : words.none;
  };
  search.oninput = filter;
  filter();
}

/** Whether somebody is writing: what they have written must not go. */
export const isEditing = (): boolean => list.querySelector('[data-editing]') !== null;

/** An empty note to write into, at the top of the list. */
export function addNote(deeds: Deeds): void {
  const open = list.querySelector<HTMLElement>('[data-editing=new] textarea');
  if (open) {
    open.focus();
    return;
  }
  const { root, part } = clone('note-item');
  root.dataset['editing'] = 'new';
  list.prepend(root);
  byId('no-notes').hidden = true;
  const cancel = () => {
    root.remove();
    search.dispatchEvent(new Event('input'));
    byId('new-note').focus();
  };
  edit(part, '', cancel, (text, button) => deeds.save({ text }, button));
}

type Part = ReturnType<typeof clone>['part'];

function item(note: Note, deeds: Deeds): HTMLElement {
  const { root, part } = clone('note-item');
  const [first = '', ...rest] = note.text.split('\n');
  part('.name').textContent = first;
  part('.text').textContent = rest.join('\n');
  part('.time').textContent = beginLine(moment(note.at));
  const open = part('[data-action=edit]');
  open.ariaLabel = words.editNamed(first);
  const close = () => {
    root.removeAttribute('data-editing');
    part('form').hidden = true;
    open.focus();
  };
  open.addEventListener('click', () => {
    root.dataset['editing'] = '';
    edit(part, note.text, close, (text, button) => deeds.save({ id: note.id, text }, button));
  });
  const remove = part('[data-action=delete]');
  remove.ariaLabel = words.deleteNamed(first);
  remove.addEventListener('click', () => deeds.remove(note, remove));
  return root;
}

function edit(
  part: Part,
  before: string,
  close: () => void,
  save: (text: string, button: HTMLElement) => void,
): void {
  const form = part<HTMLFormElement>('form');
  const input = part<HTMLTextAreaElement>('textarea');
  form.hidden = false;
  input.value = before;
  input.focus();
  part('[data-action=cancel]').onclick = close;
  form.onkeydown = ({ key }) => {
    if (key === 'Escape') close();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text || text === before) close();
    else save(text, part('[type=submit]'));
  };
}
