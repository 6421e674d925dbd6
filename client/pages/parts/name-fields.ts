import { notice } from './notice.ts';
import { keepVisible } from './visible-text.ts';
import { visiblyWrong, wrongName } from './wrong-name.ts';

/** The two fields for a person's names; `region` says what is wrong with one of them. */
export function nameFields(
  username: HTMLInputElement,
  displayName: HTMLInputElement,
  region: HTMLElement,
) {
  const fields = { username, displayName };
  keepVisible(username);

  const read = () => ({
    username: username.value.trim(),
    displayName: displayName.value.trim(),
  });

  const blame = (field: keyof typeof fields, text: string) => {
    fields[field].ariaInvalid = 'true';
    notice(region, { tone: 'error', text });
    fields[field].focus();
  };

  /** Takes back what was said. */
  const forgive = () => {
    username.ariaInvalid = displayName.ariaInvalid = null;
    notice(region);
  };
  for (const field of [username, displayName]) field.addEventListener('input', forgive);

  return {
    forgive,

    /** The names as they are to be sent; undefined if one is missing, which has then been said. */
    read() {
      const names = read();
      if (names.username) return names;
      blame('username', visiblyWrong('username', '') ?? '');
      return undefined;
    },

    /** Says what is wrong at the field that it is wrong with; false if the error is about no name. */
    explain(error: unknown): boolean {
      const wrong = wrongName(error, read());
      if (wrong) blame(wrong.field, wrong.text);
      return !!wrong;
    },
  };
}
