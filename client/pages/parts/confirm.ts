import { byId } from './by-id.ts';

export interface Question {
  title: string;
  text: string;
  /** What the button that goes ahead is called: the deed, never "OK". */
  yes: string;
}

/** Asks before something that can't be undone. Escape and the first focus mean no. */
export function confirm({ title, text, yes }: Question): Promise<boolean> {
  const dialog = byId<HTMLDialogElement>('confirm');
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = yes;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    const answered = new AbortController();
    const { signal } = answered;
    const answer = (sure: boolean) => {
      answered.abort();
      resolve(sure);
    };
    dialog.addEventListener('cancel', () => answer(false), { signal });
    // It comes a little late: by then the dialog may be open again, with another question.
    const closed = () => dialog.open || answer(dialog.returnValue === 'yes');
    dialog.addEventListener('close', closed, { signal });
  });
}
