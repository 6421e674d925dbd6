/** A site behind a real proxy: people sign in on the way, and come back to where they were going. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test as base, expect } from './fixtures.ts';
import { newName, signUp } from './person.ts';
import { freePort, originOf, programs, startProxy } from './proxies/proxy.ts';

const { caddy } = programs();

const test = base.extend<{ port: number; demands: string; wiki: string }>({
  demands: ['', { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from it
  port: async ({}, use) => use(await freePort()),
  appEnv: async ({ port }, use) =>
    use({ FORWARD_AUTH_ORIGINS: originOf(port), TRUST_PROXY: 'loopback' }),
  wiki: async ({ app, demands, port }, use) => {
    const site = createServer(({ headers, url }, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<title>Wiki</title><link rel=icon href=data:><p>${headers['remote-user']} at ${url}`,
      );
    }).listen(0, '127.0.0.1');
    await once(site, 'listening');
    const behind = (site.address() as AddressInfo).port;
    const proxy = await startProxy('caddy', { port, latchkey: app.port, site: behind, demands });
    await use(originOf(port));
    await proxy.stop();
    site.closeAllConnections();
    site.close();
  },
});

test.skip(caddy === null, 'needs Caddy (Debian: apt-get install caddy)');

test('whoever is new signs up on the way, and is where they wanted to go', async ({
  page,
  wiki,
  authenticator: _,
}) => {
  const name = newName();
  await page.goto(`${wiki}/page?a=1`);
  await expect(page.getByText(`to go on to ${new URL(wiki).host}`)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeHidden();
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('User name').fill(name);
  await page.getByRole('button', { name: 'Create a passkey' }).click();
  await expect(page.getByText(`${name} at /page?a=1`)).toBeVisible();
  await expect(page).toHaveURL(`${wiki}/page?a=1`);
});

test('whoever is signed in is asked nothing, and out once they sign out', async ({
  page,
  wiki,
  authenticator,
}) => {
  const name = await signUp(page);
  await authenticator.setPresence(false);
  await page.goto(wiki);
  await expect(page.getByText(`${name} at /`)).toBeVisible();
  await page.goto('/account');
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto(wiki);
  await expect(page.getByText('to go on to')).toBeVisible();
});

test.describe('a page that demands a fresh sign-in', () => {
  test.use({ demands: 'user_verified=yes&max_age=300' });

  test('gets it in one press', async ({ page, app, wiki, allowConsole, authenticator }) => {
    allowConsole(403);
    const name = await signUp(page);
    await authenticator.setPresence(false);
    app.advance(301_000);
    await page.goto(wiki);
    await expect(page.getByRole('heading', { name: 'Confirm that it’s you' })).toBeVisible();
    await authenticator.setPresence(true);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText(`${name} at /`)).toBeVisible();
  });
});

test.describe('a page that demands more than anybody has', () => {
  test.use({ demands: 'acr_values=phrh' });

  test('says so, and leads to where a passkey is added', async ({
    page,
    wiki,
    allowConsole,
    authenticator,
  }) => {
    allowConsole(403);
    await signUp(page);
    await authenticator.setPresence(false);
    await page.goto(wiki);
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText('None of your passkeys is strong enough')).toBeVisible();
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'Add a passkey in your account' }).click();
    await expect((await opened).getByRole('button', { name: 'Add a passkey' })).toBeVisible();
  });
});
