import type { Browser, BrowserContext, Page } from 'playwright/test';
import type { TestApp } from '../server/testing/app.ts';
import { linkIn, type Mailbox, openMailbox, type ReceivedMail } from '../server/testing/mailbox.ts';
import { attachAuthenticator, type VirtualAuthenticator } from './authenticator.ts';
import type { ConsoleWatch } from './console-watch.ts';
import { test as base, expect } from './fixtures.ts';
import { passkeys, signIn, signUp } from './person.ts';

const test = base.extend<{ mailbox: Mailbox }>({
  mailbox: async ({ playwright: _browsers }, use) => {
    const mailbox = await openMailbox();
    await use(mailbox);
    await mailbox.close();
  },
  appEnv: async ({ mailbox }, use) => use({ ...mailbox.env }),
});

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const address = 'ann@example.com';
const delay = 72 * 3_600_000;

async function mailWith(mailbox: Mailbox, text: string): Promise<ReceivedMail> {
  const find = () => mailbox.to(address).findLast((mail) => mail.text.includes(text));
  await expect.poll(() => find()?.subject).toBeTruthy();
  return find() as ReceivedMail;
}

/** Verifies the address on the account page. */
async function addAddress(page: Page, mailbox: Mailbox): Promise<void> {
  await button(page, 'Add a mail address').click();
  await page.getByRole('textbox', { name: 'Address', exact: true }).fill(address);
  await button(page, 'Send a code').click();
  const mail = await mailWith(mailbox, 'Type this code');
  await page.getByLabel('Code from the mail').fill(mail.subject.slice(0, 6));
  await button(page, 'Confirm').click();
  await expect(page.getByText('Your mail address is confirmed.')).toBeVisible();
}

/** A browser on a device that has none of the passkeys. */
async function elsewhere(
  browser: Browser,
  app: TestApp,
  watch: ConsoleWatch,
): Promise<{ context: BrowserContext; page: Page; device: VirtualAuthenticator }> {
  const context = await browser.newContext({ baseURL: app.origin });
  watch.watch(context);
  const page = await context.newPage();
  return { context, page, device: await attachAuthenticator(page) };
}

async function askForLink(page: Page, name: string): Promise<void> {
  await page.goto('/recover');
  await page.getByLabel('Name or address').fill(name);
  await button(page, 'Send a link').click();
  await expect(page.getByText('a link is on its way')).toBeVisible();
}

test('a lost phone: a link by mail and the recovery code open the account at once', async ({
  page,
  authenticator,
  mailbox,
  app,
  browser,
  consoleWatch,
}) => {
  const username = await signUp(page);
  await addAddress(page, mailbox);
  await button(page, 'Make a recovery code').click();
  const code = (await page.locator('#recovery-code').textContent()) ?? '';
  await page.getByLabel('Last 4 characters').fill(code.slice(-4));
  await button(page, 'I’ve kept it').click();
  await expect(page.getByText('Your recovery code is ready.')).toBeVisible();
  expect(await authenticator.credentials()).toHaveLength(1);

  const other = await elsewhere(browser, app, consoleWatch);
  await askForLink(other.page, username);
  const link = linkIn(await mailWith(mailbox, '/recover#'), '/recover');
  await other.page.goto(link);
  await other.page.locator('#link-code').fill(code);
  await button(other.page, 'Continue').first().click();
  await button(other.page, 'Add a passkey').click();
  await expect(other.page).toHaveURL(/\/account$/);
  await expect(passkeys(other.page)).toHaveCount(2);
  await mailWith(mailbox, 'Somebody got back into your account');
  await other.context.close();
});

test('everything lost: mail alone opens the account after three days', async ({
  page,
  authenticator,
  mailbox,
  app,
  browser,
  consoleWatch,
}) => {
  await signUp(page);
  await addAddress(page, mailbox);
  expect(await authenticator.credentials()).toHaveLength(1);
  const other = await elsewhere(browser, app, consoleWatch);
  await askForLink(other.page, address);
  const link = linkIn(await mailWith(mailbox, '/recover#'), '/recover');
  await other.page.goto(link);
  await button(other.page, 'Continue').first().click();
  await expect(other.page.getByText('You can go on ')).toBeVisible();
  await expect(other.page.locator('#link-text')).toBeFocused();
  app.advance(delay + 60_000);
  await other.page.goto('/sign-in');
  await other.page.goto(link);
  await button(other.page, 'Continue').first().click();
  await button(other.page, 'Add a passkey').click();
  await expect(other.page).toHaveURL(/\/account$/);
  await expect(passkeys(other.page)).toHaveCount(2);
  await other.context.close();
});

test('an owner who is signed in sees a recovery of somebody else, and stops it; so does the mail', async ({
  page,
  authenticator,
  mailbox,
  app,
  browser,
  consoleWatch,
  allowConsole,
}) => {
  allowConsole(400);
  const username = await signUp(page);
  await addAddress(page, mailbox);
  expect(await authenticator.credentials()).toHaveLength(1);
  const thief = await elsewhere(browser, app, consoleWatch);
  const countOf = (path: string) =>
    mailbox.to(address).filter(({ text }) => text.includes(path)).length;
  const begin = async (times: number) => {
    await askForLink(thief.page, username);
    await expect.poll(() => countOf('/recover#')).toBe(times);
    await thief.page.goto(linkIn(await mailWith(mailbox, '/recover#'), '/recover'));
    await button(thief.page, 'Continue').first().click();
    await expect(thief.page.getByText('You can go on ')).toBeVisible();
    await expect.poll(() => countOf('/stop-recovery#')).toBe(times);
  };
  await begin(1);
  await page.reload();
  await expect(page.getByText('Somebody asked to get into this account by mail')).toBeVisible();
  await button(page, 'Stop it').click();
  await expect(page.getByText('The recovery was stopped.')).toBeVisible();
  await thief.page.reload();
  await button(thief.page, 'Continue').first().click();
  await expect(thief.page.getByText('This link does nothing here.')).toBeVisible();
  await expect(button(thief.page, 'Send a link')).toBeVisible();

  await begin(2);
  const stop = linkIn(await mailWith(mailbox, '/stop-recovery#'), '/stop-recovery');
  await page.goto(stop);
  await button(page, 'Stop it').click();
  await expect(page.getByText('It was stopped.')).toBeVisible();
  await expect(page.getByText('Somebody is waiting')).toBeHidden();

  await page.goto('/sign-in');
  await page.goto(stop);
  await button(page, 'Stop it').click();
  await expect(page.getByText('The recovery has ended, or somebody was let in.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Nothing to stop' })).toBeVisible();
  await expect(page.getByText('Somebody is waiting')).toBeHidden();
  await expect(button(page, 'Stop it')).toBeHidden();
  app.advance(delay + 60_000);
  await thief.page.reload();
  await button(thief.page, 'Continue').first().click();
  await expect(thief.page.getByText('This link does nothing here.')).toBeVisible();
  await thief.context.close();
});

test('a program that follows every link of every mail, and a sign-in, change what they should', async ({
  page,
  authenticator,
  mailbox,
  app,
  browser,
  consoleWatch,
  allowConsole,
}) => {
  allowConsole(400);
  const username = await signUp(page);
  await addAddress(page, mailbox);
  const other = await elsewhere(browser, app, consoleWatch);
  await askForLink(other.page, username);
  const scan = async (mail: ReceivedMail) => {
    const links = `${mail.text} ${mail.html}`.match(/https?:\/\/[^\s"<>]+/g) ?? [];
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      for (const method of ['GET', 'HEAD']) {
        await fetch(link.replaceAll('&#38;', '&'), { method });
      }
    }
  };
  const letter = await mailWith(mailbox, '/recover#');
  await scan(letter);
  // With scripts, and in a browser of its own, it does not press the button either.
  const scanner = await elsewhere(browser, app, consoleWatch);
  await scanner.page.goto(linkIn(letter, '/recover'));
  await expect(button(scanner.page, 'Continue').first()).toBeVisible();
  // A person who opens it there learns what to do.
  await button(scanner.page, 'Continue').first().click();
  await expect(scanner.page.getByText('Open it in the browser in which you asked')).toBeVisible();

  await other.page.goto(linkIn(letter, '/recover'));
  await button(other.page, 'Continue').first().click();
  await expect(other.page.getByText('You can go on ')).toBeVisible();
  await scan(await mailWith(mailbox, '/stop-recovery#'));
  await other.page.reload();
  await button(other.page, 'Continue').first().click();
  await expect(other.page.getByText('You can go on ')).toBeVisible();

  // Its owner still has the phone, and signs in.
  await page.context().clearCookies();
  await signIn(page, authenticator);
  await expect(page).toHaveURL(/\/account$/);
  await expect(page.getByText('Somebody asked to get into')).toBeHidden();
  app.advance(delay + 60_000);
  await other.page.reload();
  await button(other.page, 'Continue').first().click();
  await expect(other.page.getByText('This link does nothing here.')).toBeVisible();
  await Promise.all([other.context.close(), scanner.context.close()]);
});
