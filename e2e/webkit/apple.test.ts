/** Sign in with Apple in Safari's engine: the cookies that come and don't come with Apple's form post. */
import { By, until, type WebDriver } from 'selenium-webdriver';
import { expect } from 'vitest';
import { type AppleApp, startAppleApp } from '../../server/testing/apple/web.ts';
import { arriveAt, patienceMs, press, see } from '../webdriver/steps.ts';
import { test as base } from './fixtures.ts';

const test = base.extend<{ apple: AppleApp }>({
  apple: async ({ safari }, use) => {
    const app = await startAppleApp({ wrap: (handler) => safari.wrap(handler) });
    await use(app);
    await app.close();
  },
});

async function signInWithApple(driver: WebDriver, origin: string, decision: string) {
  await driver.get(`${origin}/sign-in`);
  await driver.findElement(By.className('apple')).click();
  const button = By.css(`button[value=${decision}]`);
  await driver.wait(until.elementLocated(button), patienceMs, 'Apple’s page never came');
  await driver.findElement(button).click();
}

test('a person comes with Apple, goes, and comes back to the same account', async ({
  browser: { driver },
  apple,
}) => {
  apple.standIn.addPerson('Ann');
  await signInWithApple(driver, apple.origin, 'continue');
  await arriveAt(driver, '/account');
  await see(driver, 'Welcome. Add a passkey');
  const shown = driver.findElement(By.id('shown-username'));
  await driver.wait(until.elementTextMatches(shown, /./), patienceMs, 'no user name was shown');
  const username = await shown.getText();
  await press(driver, 'sign-out');
  await arriveAt(driver, '/sign-in');
  await signInWithApple(driver, apple.origin, 'continue');
  await arriveAt(driver, '/account');
  await see(driver, username);
});

test('whoever cancels, or comes while Apple is down, is back at the sign-in page', async ({
  browser: { driver },
  apple,
}) => {
  apple.standIn.addPerson('Ann');
  await signInWithApple(driver, apple.origin, 'cancel');
  await arriveAt(driver, '/sign-in');
  expect(await driver.findElement(By.id('notice')).getText()).toBe('');
  apple.standIn.faults.answers.set('/auth/token', 'unavailable');
  await signInWithApple(driver, apple.origin, 'continue');
  await see(driver, 'Apple can’t be reached right now.');
  apple.standIn.faults.answers.clear();
  await signInWithApple(driver, apple.origin, 'continue');
  await arriveAt(driver, '/account');
  await see(driver, 'Ann Appleseed');
});

test('where the system makes a passkey by itself, nobody is asked for one', async ({
  browser: { driver },
  apple,
  passkeys,
}) => {
  apple.standIn.addPerson('Ann');
  await signInWithApple(driver, apple.origin, 'continue');
  await arriveAt(driver, '/account');
  const asked = await passkeys.waitFor({ kind: 'create', conditional: true });
  const device = apple.device({ userVerified: false });
  // WebAuthn L3 §5.1.3: nobody is asked, so nobody shows that they are there.
  const create: typeof device.create = (options) =>
    device.create(options, { flags: { up: false } });
  await passkeys.approve(asked, { create, get: device.get });
  await see(driver, 'Your passkey was added.');
  expect(await driver.findElement(By.id('suggestion')).isDisplayed()).toBe(false);
});
