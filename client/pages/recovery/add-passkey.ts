import { register } from '../../library/register.ts';
import type { User } from '../../library/types.ts';
import { offers, recover } from '../../words/en.ts';
import { explain } from '../../words/explain.ts';
import { byId } from '../parts/by-id.ts';
import { leaveNote } from '../parts/note.ts';
import { perform } from '../parts/perform.ts';

/** The way back is open: all that is left to do is to add a passkey, and then the account follows. */
export function showAddPasskey({ username }: User): void {
  const [title, add] = [byId('title'), byId('add-now')];
  byId('ways').hidden = true;
  byId('add').hidden = false;
  title.textContent = offers.addTitle;
  document.title = document.title.replace(/^[^–]+/, `${offers.addTitle} `);
  byId('add-text').textContent = recover.add(username);
  // Screen readers read it first, and the keyboard goes on from there.
  title.tabIndex = -1;
  title.focus();
  add.addEventListener('click', () =>
    perform(
      add,
      byId('add-notice'),
      async () => {
        await register();
        leaveNote('recovered');
        location.assign(whereTo());
      },
      (error) => explain(error, offers.notAdded),
    ),
  );
}

/** Who was on the way to an app goes on there. */
function whereTo(): string {
  const query = new URLSearchParams(location.search);
  return query.has('interaction') || query.has('return_to')
    ? `/sign-in${location.search}`
    : '/account';
}
