import { Problem } from '../../library/problem.ts';
import { send } from '../../library/send.ts';
import { consent as words } from '../../words/en.ts';
import { explain } from '../../words/explain.ts';
import { busy } from '../parts/busy.ts';
import { byId } from '../parts/by-id.ts';
import { notice } from '../parts/notice.ts';
import { pageData } from '../parts/page-data.ts';
import { ready } from '../parts/ready.ts';
import { showApp } from '../parts/show-app.ts';

/** Asks whether an app of others may use the account. */
const { uid, client, scopes, username } = pageData<{
  uid: string;
  username: string;
  client: { name: string; logo?: string; policy?: string; terms?: string };
  scopes: string[];
}>();

showApp(client);
byId('account').textContent = words.as(username);
byId('scopes').append(
  ...scopes.map((scope) => {
    const item = document.createElement('li');
    item.textContent = words.scopes[scope] ?? words.otherScope(scope);
    return item;
  }),
);
const links = [
  { href: client.policy, text: words.privacy },
  { href: client.terms, text: words.terms },
];
for (const { href, text } of links) {
  if (!href) continue;
  const link = document.createElement('a');
  Object.assign(link, { href, textContent: text, rel: 'noreferrer' });
  byId('links').append(link, ' ');
  byId('links').hidden = false;
}

/** It has expired, or its person has signed out. */
const over = ['not_found', 'unauthenticated'];

for (const [id, deed] of [
  ['allow', 'finish'],
  ['cancel', 'abort'],
] as const) {
  const button = byId(id);
  button.addEventListener('click', () =>
    busy(button, async () => {
      try {
        const path = `/api/interactions/${uid}/${deed}`;
        location.assign((await send<{ redirectTo: string }>('POST', path)).redirectTo);
      } catch (error) {
        // The server knows where to begin again.
        if (error instanceof Problem && over.includes(error.code)) return location.reload();
        notice(byId('notice'), explain(error));
      }
    }),
  );
}
ready();
