/**
 * A site that has moved to an unrelated domain, so that the browser asks the old domain whether the new one may use
 * its passkeys (WebAuthn L3 §5.11).
 */
import type { RequestListener } from 'node:http';
import type { Page } from 'playwright/test';
import { type Domains, proxyTo, startDomains } from './domains.ts';
import { test as base, expect } from './fixtures.ts';
import { importAccount } from './imported.ts';
import { autofillIs, passkeys, signInAgain, signInButton } from './person.ts';

const site = 'https://new.example';
const former = 'old.example';
const list = '/.well-known/webauthn';
const fromFormer = (page: Page) => page.getByRole('button', { name: `passkey from ${former}` });

interface OldDomain {
  /** The paths of the requests. */
  readonly asked: string[];
  /** Replaces the answer with the list of origins. */
  answer(list: RequestListener): void;
}

const test = base.extend<{ oldDomain: OldDomain }, { domains: Domains }>({
  appEnv: { ORIGIN: site, FORMER_RP_IDS: former },
  baseURL: site,
  domains: [
    async ({ browserName: _ }, use) => {
      const domains = await startDomains();
      await use(domains);
      await domains.close();
    },
    { scope: 'worker' },
  ],
  launchOptions: [
    async ({ launchOptions, domains }, use) => {
      const args = [...(launchOptions.args ?? []), ...domains.launchArgs];
      await use({ ...launchOptions, args });
    },
    { scope: 'worker' },
  ],
  /**
   * As in "Moving to a new domain" in docs/life-of-a-passkey.md: the server answers under `/.well-known`, and
   * everything else redirects to the new address.
   */
  oldDomain: [
    async ({ app, domains }, use) => {
      const server = proxyTo(app);
      const asked: string[] = [];
      let listed = server;
      const old: RequestListener = (request, response) => {
        const { url = '' } = request;
        asked.push(url);
        if (url === list) listed(request, response);
        else response.writeHead(302, { location: site + url }).end();
      };
      domains.serve({ 'new.example': server, [former]: old, 'other.example': strangerPage });
      await use({
        asked,
        answer: (other) => {
          listed = other;
        },
      });
    },
    { auto: true },
  ],
});

const strangerPage: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/html');
  response.end('<!doctype html><html lang="en"><title>Somebody else</title></html>');
};

const file =
  (text: string, type = 'application/json'): RequestListener =>
  (_request, response) => {
    response.setHeader('content-type', type);
    response.end(text);
  };

test('a passkey of the old domain signs in by its list, and one of the new domain takes over', async ({
  page,
  app,
  authenticator,
  oldDomain,
}) => {
  const { id, userHandle } = await importAccount(app, authenticator, { rpId: former });
  await authenticator.setPresence(false);
  await page.goto(`https://${former}/sign-in`);
  await expect(page).toHaveURL(`${site}/sign-in`);
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  await fromFormer(page).click();
  await expect(page.getByText('Our address has changed.')).toBeVisible();
  expect(oldDomain.asked).toContain(list);
  expect(authenticator.events).toEqual([{ event: 'Asserted', id }]);

  await page.getByRole('button', { name: 'Update' }).click();
  await expect(page).toHaveURL(`${site}/account`);
  await expect(passkeys(page).first()).toContainText(`For ${former}`);
  await expect(passkeys(page).first()).toContainText('Replaced.');
  const made = (await authenticator.credentials()).find(({ rpId }) => rpId === 'new.example');
  expect(made).toMatchObject({ userHandle });

  await signInAgain(page, authenticator);
  await expect(page).toHaveURL(`${site}/account`);
  expect(authenticator.events.at(-1)).toEqual({ event: 'Asserted', id: made?.id });
});

test('a file will do as the list, and a user name leads to the old passkey, too', async ({
  page,
  app,
  authenticator,
  oldDomain,
}) => {
  oldDomain.answer(file(`{"origins":["${site}"]}`));
  const { username } = await importAccount(app, authenticator, { rpId: former });
  await authenticator.setPresence(false);
  await page.goto('/sign-in');
  await autofillIs(page, 'armed');
  await authenticator.setPresence(true);
  await page.getByLabel('User name').fill(username);
  await signInButton(page).click();
  await expect(page.getByText('Our address has changed.')).toBeVisible();
  expect(oldDomain.asked).toContain(list);
});

const refused: Record<string, RequestListener> = {
  'names other sites alone': file('{"origins":["https://other.example"]}'),
  'is not said to be JSON': file(`{"origins":["${site}"]}`, 'text/plain'),
  'is not there': (_request, response) => response.writeHead(404).end(),
};
for (const [what, answer] of Object.entries(refused)) {
  test(`if the list ${what}, the page says what to do`, async ({
    page,
    app,
    authenticator,
    oldDomain,
  }) => {
    oldDomain.answer(answer);
    await importAccount(app, authenticator, { rpId: former });
    await authenticator.setPresence(false);
    await page.goto('/sign-in');
    await autofillIs(page, 'armed');
    await fromFormer(page).click();
    await expect(
      page.getByText('at this address. Try another passkey or another browser.'),
    ).toBeVisible();
    expect(oldDomain.asked).toEqual([list]);
    expect(authenticator.events).toEqual([]);
    await expect(page.getByRole('link', { name: 'Create an account' })).toBeVisible();
    await autofillIs(page, 'armed');
  });
}

test('a site that is not listed gets nothing from the browser', async ({
  page,
  app,
  authenticator,
  oldDomain,
}) => {
  await importAccount(app, authenticator, { rpId: former });
  await page.goto('https://other.example/');
  const asking = page.evaluate(async (rpId) => {
    const challenge = crypto.getRandomValues(new Uint8Array(32));
    const asked = navigator.credentials.get({ publicKey: { challenge, rpId } });
    return asked.catch((error: DOMException) => error.name);
  }, former);
  expect(await asking).toBe('SecurityError');
  expect(oldDomain.asked).toEqual([list]);
  expect(authenticator.events).toEqual([]);
});
