/** The pages of the stand-in: whom to be, and what the browser posts back. */
import type { FormPost } from './authorize.ts';
import type { Person } from './world.ts';

export function choicePage(people: readonly Person[], query: string): string {
  const choices = people.map(
    ({ id, firstName, lastName, email }, index) =>
      `<p><label><input type="radio" name="person" value="${escaped(id)}"${index === 0 ? ' checked' : ''}>
${escaped(`${firstName} ${lastName}`)}, ${escaped(email)}</label></p>`,
  );
  return page(
    'Stand-in for Apple',
    `<p>This is not Apple: it stands in for Apple in development and tests.</p>
<form method="post" action="/auth/authorize?${escaped(query)}">
<fieldset><legend>Who are you?</legend>${choices.join('\n')}</fieldset>
<p><label><input type="checkbox" name="hidesEmail"> Hide my e-mail</label></p>
<p><button name="decision" value="continue">Continue</button>
<button name="decision" value="cancel">Cancel</button></p>
</form>`,
  );
}

/** Posts itself, as Apple's page does. */
export function postPage({ action, fields }: FormPost): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return page(
    'One moment',
    `<form method="post" action="${escaped(action)}">${inputs.join('')}
<noscript><button>Go on</button></noscript></form><script>document.forms[0].submit()</script>`,
  );
}

export function refusalPage(words: string): string {
  return page('Sign in with Apple failed', `<p>${escaped(words)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"><title>${escaped(title)}</title></head>
<body><h1>${escaped(title)}</h1>${body}</body></html>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (each) => entities[each] ?? each);
}
