/** Sign in with Apple in Safari's engine: the cookies that come and don't come with Apple's form post. */
import { By, until, type WebDriver } from 'selenium-webdriver';
import { expect } from 'vitest';
import { type AppleApp, startAppleApp } from '../../server/testing/apple/web.ts';
import { handOver } from '../apple-transfer.ts';
import { arriveAt, autofillIs, patienceMs, press, see, shows, type } from '../webdriver/steps.ts';
import { test as base } from './fixtures.ts';

const test = base.extend<{ apple: AppleApp }>({
  apple: async ({ safari }, use) => {
    const app = await startAppleApp({ wrap: (handler) => safari.wrap(handler) });
    await use(app);
    await app.close();
  },
});

/** On the page of Apple. */
async function decide(driver: WebDriver, decision: 'continue' | 'cancel'): Promise<void> {
  const button = By.css(`button[value=${decision}]`);
  await driver.wait(until.elementLocated(button), patienceMs, 'Apple’s page never came');
  await driver.findElement(button).click();
}

async function askApple(driver: WebDriver, origin: string): Promise<void> {
  await driver.get(`${origin}/sign-in`);
  await driver.findElement(By.className('apple')).click();
}

async function signInWithApple(driver: WebDriver, origin: string): Promise<void> {
  await askApple(driver, origin);
  await decide(driver, 'continue');
  await arriveAt(driver, '/account');
}

async function usernameShown(driver: WebDriver): Promise<string> {
  const shown = driver.findElement(By.id('shown-username'));
  await driver.wait(until.elementTextMatches(shown, /./), patienceMs, 'no user name was shown');
  return shown.getText();
}

test('a person comes with Apple, goes, and comes back to the same account', async ({
  browser: { driver },
  apple,
}) => {
  apple.standIn.addPerson('Ann');
  await signInWithApple(driver, apple.origin);
  await see(driver, 'Welcome. Add a passkey');
  const username = await usernameShown(driver);
  await press(driver, 'sign-out');
  await arriveAt(driver, '/sign-in');
  await signInWithApple(driver, apple.origin);
  await see(driver, username);
});

test('whoever cancels, or comes while Apple is down, is back at the sign-in page', async ({
  browser: { driver },
  apple,
}) => {
  apple.standIn.addPerson('Ann');
  await askApple(driver, apple.origin);
  await decide(driver, 'cancel');
  await arriveAt(driver, '/sign-in');
  expect(await driver.findElement(By.id('notice')).getText()).toBe('');
  apple.standIn.faults.answers.set('/auth/token', 'unavailable');
  await askApple(driver, apple.origin);
  await decide(driver, 'continue');
  await see(driver, 'Apple can’t be reached right now.');
  apple.standIn.faults.answers.clear();
  await signInWithApple(driver, apple.origin);
  await see(driver, 'Ann Appleseed');
});

async function confirm(driver: WebDriver, id: string): Promise<void> {
  await press(driver, id);
  await press(driver, 'confirm-yes');
}

test('an owner links an account with Apple, signs in with it, and unlinks it', async ({
  browser: { driver },
  apple,
  passkeys,
  allowErrors,
}) => {
  const ann = apple.standIn.addPerson('Ann');
  const device = apple.device();
  await driver.get(`${apple.origin}/sign-in#create`);
  await autofillIs(driver, 'armed');
  await type(driver, 'username', 'ann');
  await press(driver, 'submit');
  await passkeys.approve(await passkeys.waitFor({ kind: 'create' }), device);
  await arriveAt(driver, '/account');
  await press(driver, 'link-apple');
  await decide(driver, 'continue');
  await arriveAt(driver, '/account');
  await see(driver, ann.email);
  await press(driver, 'sign-out');
  await arriveAt(driver, '/sign-in');
  await signInWithApple(driver, apple.origin);
  await shows(driver, 'shown-name', 'ann');

  // What Apple opened confirms nothing: the passkey is asked for.
  allowErrors(/403/);
  await confirm(driver, 'unlink-apple');
  const asked = await passkeys.waitFor({ kind: 'get', conditional: false });
  await passkeys.approve(asked, device);
  await see(driver, 'Your Apple Account was unlinked.');
});

test('who stops using Apple is signed out, comes back, and deletes the account while Apple is down', async ({
  browser: { driver },
  apple,
  allowErrors,
}) => {
  const ann = apple.standIn.addPerson('Ann');
  await signInWithApple(driver, apple.origin);
  apple.advance(1000);
  apple.standIn.stopUsing(ann);
  const payload = await apple.standIn.notification(ann, 'consent-revoked');
  const told = await apple.browser().post('/api/apple/notifications', { payload });
  expect(told.status).toBe(200);
  await driver.navigate().refresh();
  await arriveAt(driver, '/sign-in');
  apple.advance(1000);
  await signInWithApple(driver, apple.origin);
  await see(driver, ann.email);

  apple.advance(600_000);
  allowErrors(/403/);
  await confirm(driver, 'delete-account');
  await decide(driver, 'continue');
  await arriveAt(driver, '/account');
  await see(driver, 'You confirmed with Apple.');
  apple.standIn.faults.answers.set('/auth/revoke', 'unavailable');
  await confirm(driver, 'delete-account');
  await arriveAt(driver, '/sign-in');
  await see(driver, 'Your account was deleted.');
});

test('after the app moved to another team, people come back to their accounts', async ({
  browser: { driver },
  apple,
}) => {
  apple.standIn.addPerson('Ann');
  await signInWithApple(driver, apple.origin);
  const username = await usernameShown(driver);
  await press(driver, 'sign-out');
  await arriveAt(driver, '/sign-in');
  await handOver(apple);
  await signInWithApple(driver, apple.origin);
  await shows(driver, 'shown-username', username);
});

test('where the system makes a passkey by itself, nobody is asked for one', async ({
  browser: { driver },
  apple,
  passkeys,
}) => {
  apple.standIn.addPerson('Ann');
  await signInWithApple(driver, apple.origin);
  const asked = await passkeys.waitFor({ kind: 'create', conditional: true });
  const device = apple.device({ userVerified: false });
  // WebAuthn L3 §5.1.3: nobody is asked, so nobody shows that they are there.
  const create: typeof device.create = (options) =>
    device.create(options, { flags: { up: false } });
  await passkeys.approve(asked, { create, get: device.get });
  await see(driver, 'Your passkey was added.');
  expect(await driver.findElement(By.id('suggestion')).isDisplayed()).toBe(false);
});
