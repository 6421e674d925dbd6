/**
 * An app signs its people in as ASWebAuthenticationSession does: a browser opens the authorization URL and is
 * closed as soon as it would follow a redirect to the app. An ephemeral session is a browser without cookies; a
 * shared one has those of the person's browser.
 */
import * as client from 'openid-client';
import type { BrowserContext, Page } from 'playwright/test';
import { type AppsApp, newRequest, redeem, startAppsApp } from '../server/testing/apps.ts';
import { attachAuthenticator, type VirtualAuthenticator } from './authenticator.ts';
import { holdAutofill } from './autofill.ts';
import { test as base, expect } from './fixtures.ts';
import { autofillIs, newName, signInButton } from './person.ts';

const test = base.extend<{ app: AppsApp; device: VirtualAuthenticator }>({
  device: [async ({ authenticator }, use) => use(authenticator), { auto: true }],

  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from it
  app: async ({}, use) => {
    const app = await startAppsApp();
    await use(app);
    await app.close();
  },
});

type Called = (callback: URL) => void;
const waiting = new WeakMap<BrowserContext, Called[]>();

/** The next redirect to an app: the system catches it, and the browser gets no answer. */
async function nextCallback(context: BrowserContext): Promise<URL> {
  const known = waiting.get(context);
  const called: Called[] = known ?? [];
  if (known === undefined) {
    waiting.set(context, called);
    // What follows a redirect comes to no route, so this one follows it.
    await context.route(/\/(oidc\/(authorize|logout)|sign-in)\b/, async (route) => {
      let response = await route.fetch({ maxRedirects: 0 });
      let { location } = response.headers();
      // Each place has cookies of its own.
      const { cookie: _ofTheFirst, ...headers } = await route.request().allHeaders();
      while (location?.includes('/oidc/authorize')) {
        response = await route.fetch({ url: location, headers, maxRedirects: 0 });
        ({ location } = response.headers());
      }
      if (location === undefined || !isApp(location)) return route.fulfill({ response });
      await route.fulfill({ status: 204 });
      called.shift()?.(new URL(location));
    });
  }
  return new Promise((resolve) => called.push(resolve));
}

function isApp(location: string): boolean {
  return /^(com\.example\.app:|https:\/\/(web|stranger)\.example\.)/.test(location);
}

/** Begins an authorization in this page. */
async function open(
  page: Page,
  app: AppsApp,
  parameters: Readonly<Record<string, string>> = {},
  id = 'com.example.app',
) {
  const config = await app.as(id);
  const { url, checks } = await newRequest(config, parameters);
  const called = nextCallback(page.context());
  // If nobody is asked, it ends at once, and there is no page.
  await page.goto(url.href).catch(() => called);
  const tokens = async () => redeem(config, await called, checks);
  return { called, tokens };
}

/** Another sheet of the same browser, with the same passkeys: nobody touches them yet. */
async function nextSheet(page: Page, authenticator: VirtualAuthenticator) {
  const sheet = await page.context().newPage();
  const device = await attachAuthenticator(sheet);
  await authenticator.copyTo(device);
  await device.setPresence(false);
  return { sheet, device };
}

async function createAccount(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Create an account' }).click();
  await createAccountHere(page);
}

test.describe('an app', () => {
  test('signs up a person in its sheet, and in again with one tap', async ({
    page,
    app,
    authenticator,
  }) => {
    const first = await open(page, app, { scope: 'openid profile' });
    await expect(page.getByText('to go on to Example')).toBeVisible();
    await createAccount(page);
    const tokens = await first.tokens();
    expect(tokens.claims()).toMatchObject({ acr: 'phr', amr: ['pop', 'user', 'swk'] });

    // Without cookies, as in an ephemeral session: the passkey is on offer, and one tap does it.
    await page.context().clearCookies();
    const { sheet, device } = await nextSheet(page, authenticator);
    const autofill = await holdAutofill(sheet, device);
    const second = await open(sheet, app);
    await autofillIs(sheet, 'armed');
    await autofill.choose();
    expect((await second.tokens()).claims()?.sub).toBe(tokens.claims()?.sub);
  });

  test('asks nobody in a shared session, and everybody in an ephemeral one', async ({
    page,
    app,
    authenticator,
    browser,
    consoleWatch,
  }) => {
    const first = await open(page, app);
    await createAccount(page);
    await first.called;
    const shared = await page.context().newPage();
    const silent = await open(shared, app);
    const person = (await silent.tokens()).claims()?.sub;
    expect(person).toBeTruthy();

    const ephemeral = await browser.newContext({ baseURL: app.origin });
    consoleWatch.watch(ephemeral);
    const sheet = await ephemeral.newPage();
    const device = await attachAuthenticator(sheet);
    await authenticator.copyTo(device);
    await device.setPresence(false);
    const asked = await open(sheet, app);
    await autofillIs(sheet, 'armed');
    await device.setPresence(true);
    await signInButton(sheet).click();
    expect((await asked.tokens()).claims()?.sub).toBe(person);
    await ephemeral.close();
  });

  test('that some browsers open only at the press of a button is opened by one', async ({
    page,
    app,
  }) => {
    const { called } = await open(page, app);
    await createAccount(page);
    await called;
    const button = page.getByRole('button', { name: 'Continue to Example' });
    await expect(button).toBeVisible({ timeout: 15_000 });
    const again = nextCallback(page.context());
    await button.click();
    expect((await again).searchParams.get('code')).toBeTruthy();
  });

  test('hears that its person gave up', async ({ page, app }) => {
    const { called } = await open(page, app);
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await called).searchParams.get('error')).toBe('access_denied');
  });

  test('that wants a fresh sign-in gets it in the same sheet', async ({
    page,
    app,
    authenticator,
    allowConsole,
  }) => {
    allowConsole(403);
    const first = await open(page, app);
    await createAccount(page);
    await first.called;
    const { sheet, device } = await nextSheet(page, authenticator);
    const { tokens } = await open(sheet, app, { prompt: 'login' });
    await expect(sheet.getByRole('heading', { name: 'Confirm that it’s you' })).toBeVisible();
    await device.setPresence(true);
    const before = Date.now() / 1000;
    await sheet.getByRole('button', { name: 'Continue' }).click();
    expect(Number((await tokens()).claims()?.auth_time)).toBeGreaterThan(before - 2);
  });

  test('or another account', async ({ page, app }) => {
    const first = await open(page, app);
    await createAccount(page);
    const before = (await first.tokens()).claims()?.sub;
    const sheet = await page.context().newPage();
    await attachAuthenticator(sheet);
    const { tokens } = await open(sheet, app, { prompt: 'login' });
    await sheet.getByRole('link', { name: 'Use another account' }).click();
    await createAccount(sheet);
    expect((await tokens()).claims()?.sub).not.toBe(before);
  });

  test('asks for a new account with prompt=create, and knows the name already', async ({
    page,
    app,
  }) => {
    const { tokens } = await open(page, app, { prompt: 'create', login_hint: newName() });
    await expect(page.getByRole('heading', { name: 'Create an account' })).toBeVisible();
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    expect((await tokens()).claims()?.sub).toBeTruthy();
  });

  test('on the web that is called by a form goes on from there', async ({ page, app }) => {
    const first = await open(page, app);
    await createAccount(page);
    await first.called;
    let posted = '';
    await page.context().route('https://web.example.com/callback', async (route) => {
      posted = route.request().postData() ?? '';
      await route.fulfill({ status: 303, headers: { location: 'https://home.example.org/' } });
    });
    await page
      .context()
      .route('https://home.example.org/', (route) => route.fulfill({ body: 'at home' }));
    const config = await app.as('web');
    const { url, parameters } = await newRequest(config, { response_mode: 'form_post' });
    const tab = await page.context().newPage();
    await tab.goto(url.href);
    await expect(tab.getByText('at home')).toBeVisible();
    expect(new URLSearchParams(posted).get('state')).toBe(parameters.state);
    expect(new URLSearchParams(posted).get('code')).toBeTruthy();
  });

  test('in two tabs at once is signed in to in both', async ({ page, app }) => {
    const one = await open(page, app);
    const other = await page.context().newPage();
    await attachAuthenticator(other);
    const two = await open(other, app, {}, 'web');
    await expect(other.getByText('to go on to Example on the web')).toBeVisible();
    await page.bringToFront();
    await createAccount(page);
    expect((await one.tokens()).claims()?.sub).toBeTruthy();
    // The session is there by now, so the other tab only goes on.
    await other.reload().catch(() => {});
    expect((await two.tokens()).claims()?.sub).toBeTruthy();
  });

  test('is reached although the sheet was left open for too long', async ({
    page,
    app,
    allowConsole,
  }) => {
    allowConsole(404);
    const { tokens } = await open(page, app);
    await page.getByRole('link', { name: 'Create an account' }).click();
    await expireInteractions(app);
    await createAccountHere(page);
    expect((await tokens()).claims()?.sub).toBeTruthy();
  });
});

test.describe('inside another app', () => {
  const agent = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 300.0';
  test.use({ userAgent: `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${agent}` });

  test('a way out is offered that keeps the request', async ({ page, app }) => {
    const config = await app.as('web');
    const { url, parameters } = await newRequest(config, { scope: 'openid profile' });
    await page.goto(url.href);
    const link = page.getByRole('link', { name: 'Open in Safari' });
    const way = new URL((await link.getAttribute('href'))?.replace('x-safari-', '') ?? '');
    expect(way.origin + way.pathname).toBe(`${app.issuer}/authorize`);
    expect(Object.fromEntries(way.searchParams)).toMatchObject(parameters);
  });
});

test.describe('an app of strangers', () => {
  test('is allowed once, on a page that says for what', async ({ page, app }) => {
    const scope = 'openid profile';
    const first = await open(page, app, { scope }, 'stranger');
    await createAccount(page);
    await expect(page.getByText('See your user name and your name')).toBeVisible();
    await page.getByRole('button', { name: 'Allow' }).click();
    expect((await first.tokens()).scope).toBe(scope);
    const again = await open(await page.context().newPage(), app, { scope }, 'stranger');
    expect((await again.tokens()).scope).toBe(scope);
  });

  test('asks again if the page was left open for too long, or its person signed out', async ({
    page,
    app,
    authenticator,
    allowConsole,
  }) => {
    allowConsole(404, 401);
    const { called, tokens } = await open(page, app, {}, 'stranger');
    await createAccount(page);
    const allow = page.getByRole('button', { name: 'Allow' });
    await expect(allow).toBeVisible();
    const before = page.url();
    await expireInteractions(app);
    await allow.click();
    await expect(page).not.toHaveURL(before);
    await expect(allow).toBeVisible();
    await authenticator.setPresence(false);
    await page.evaluate(() => fetch('/api/session', { method: 'DELETE' }));
    await allow.click();
    await signInButton(page).click();
    await authenticator.setPresence(true);
    await allow.click();
    await called;
    expect((await tokens()).claims()?.sub).toBeTruthy();
  });
});

test.describe('an app that signs out', () => {
  test('asks first if it names nobody, and goes back where it came from', async ({
    page,
    app,
    authenticator,
  }) => {
    const config = await app.as('web');
    const first = await open(page, app, {}, 'web');
    await createAccount(page);
    await first.called;
    const out = client.buildEndSessionUrl(config, {
      post_logout_redirect_uri: 'https://web.example.com/signed-out',
    });
    await page.goto(out.href);
    await expect(page.getByRole('heading', { name: 'Sign out?' })).toBeVisible();
    const back = nextCallback(page.context());
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect((await back).href).toBe('https://web.example.com/signed-out');
    await authenticator.setPresence(false);
    await page.goto('/account');
    await expect(page).toHaveURL(/\/sign-in$/);
  });
});

async function createAccountHere(page: Page): Promise<void> {
  await page.getByLabel('User name').fill(newName());
  await page.getByRole('button', { name: 'Create a passkey' }).click();
}

/** As if an hour had gone by since they began. */
async function expireInteractions(app: AppsApp): Promise<void> {
  await app.changePayloads('Interaction', (payload) => ({ ...payload, exp: 1 }));
}
