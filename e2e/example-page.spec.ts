/** The page that the documentation of the library shows does what it says, as it stands there. */
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { holdAutofill } from './autofill.ts';
import { test as base, expect } from './fixtures.ts';
import { newName } from './person.ts';

const documentation = new URL('../docs/browser-library.md', import.meta.url);
const [, page = ''] =
  /```html\n(<!doctype html>.*?)```/s.exec(readFileSync(documentation, 'utf8')) ?? [];

/** A site of somebody else's behind one origin: their page, and everything else is ours. */
const test = base.extend({
  app: async ({ appEnv }, use) => {
    const { startTestApp } = await import('../server/testing/app.ts');
    const wrap =
      (latchkey: RequestListener): RequestListener =>
      (request, response) => {
        if (request.url !== '/welcome') return latchkey(request, response);
        response.setHeader('content-type', 'text/html; charset=utf-8');
        response.end(page);
      };
    const app = await startTestApp({ env: appEnv, wrap });
    await use(app);
    await app.close();
  },
});

test('signs up with the button, and in again from autofill', async ({ page, authenticator }) => {
  await page.goto('/welcome');
  const name = newName();
  await page.getByLabel('User name').fill(name);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page).toHaveURL(/\/account$/);
  await page.context().clearCookies();

  const autofill = await holdAutofill(page, authenticator);
  await page.goto('/welcome');
  await expect
    .poll(() =>
      autofill.choose().then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
  await expect(page.locator('#shown-name')).toHaveText(name);
});

test('says what went wrong', async ({ page, authenticator, allowConsole }) => {
  allowConsole(409);
  await authenticator.setPresence(false);
  await page.goto('/welcome');
  await authenticator.setUserVerified(false);
  await authenticator.setPresence(true);
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  await expect(page.getByRole('status')).toHaveText('No passkey was used. You can try again.');
});

test('has types that are served as text', async ({ request }) => {
  const types = await request.get('/assets/latchkey.d.ts');
  expect(types.headers()['content-type']).toBe('text/plain; charset=utf-8');
  expect(await types.text()).toContain('export declare function armAutofill');
});
