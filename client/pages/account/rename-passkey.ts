import { call } from '../../library/call.ts';
import { Problem } from '../../library/problem.ts';
import type { Passkey } from '../../library/types.ts';
import { names } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';
import type { clone } from '../parts/clone.ts';
import { notice } from '../parts/notice.ts';
import { perform } from '../parts/perform.ts';
import { visiblyWrong } from '../parts/wrong-name.ts';
import { explainHere } from './explain.ts';

/** Lets the person rename a passkey in its row: Return saves, Escape leaves it as it was. */
export function letRename(
  { id, name }: Passkey,
  root: HTMLElement,
  part: ReturnType<typeof clone>['part'],
  renamed: (passkey: Passkey) => void,
): void {
  const open = part('[data-action=rename]');
  const form = part<HTMLFormElement>('form');
  const input = part<HTMLInputElement>('input');
  const region = byId('passkeys-notice');

  const setEditing = (editing: boolean) => {
    root.toggleAttribute('data-editing', editing);
    form.hidden = !editing;
    input.ariaInvalid = null;
    notice(region);
    if (editing) {
      input.value = name;
      input.focus();
      input.select();
    } else open.focus();
  };
  open.addEventListener('click', () => setEditing(true));
  part('[data-action=cancel]').addEventListener('click', () => setEditing(false));
  input.addEventListener('input', () => {
    input.ariaInvalid = null;
    notice(region);
  });
  form.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') setEditing(false);
  });

  const explainName = (error: unknown) => {
    if (!(error instanceof Problem) || error.code !== 'invalid_request')
      return explainHere()(error);
    input.ariaInvalid = 'true';
    input.focus();
    const text = visiblyWrong('displayName', input.value.trim()) ?? names.unusable;
    return { tone: 'error', text } as const;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void perform(
      part('[type=submit]'),
      region,
      async () => {
        const wanted = input.value.trim();
        if (!wanted || wanted === name) return setEditing(false);
        const path = `/api/credentials/${encodeURIComponent(id)}`;
        renamed(await call<Passkey>('PATCH', path, { name: wanted }));
      },
      explainName,
    );
  });
}
