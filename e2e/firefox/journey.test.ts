/** The same pages in Firefox: a person's whole journey, with the pointer and with the keyboard alone. */
import { By, Key, until, type WebDriver } from 'selenium-webdriver';
import { describe, expect } from 'vitest';
import type { TestApp } from '../../server/testing/app.ts';
import { arriveAt, autofillIs, patienceMs, press, see, shows, type } from '../webdriver/steps.ts';
import { test } from './fixtures.ts';

async function signUp(driver: WebDriver, { origin }: TestApp): Promise<void> {
  await driver.get(`${origin}/sign-in#create`);
  await autofillIs(driver, 'armed');
  await type(driver, 'username', 'ann');
  await type(driver, 'display-name', 'Ann Example');
  await press(driver, 'submit');
  await arriveAt(driver, '/account');
}

async function signOut(driver: WebDriver): Promise<void> {
  await press(driver, 'sign-out');
  await arriveAt(driver, '/sign-in');
  await autofillIs(driver, 'armed');
}

/** One key after the other, to whatever has the focus. */
const keys = (driver: WebDriver, ...pressed: string[]) =>
  driver
    .actions()
    .sendKeys(...pressed)
    .perform();

/** Goes on by the tab key, or back, until the focus is there. */
async function tabTo(driver: WebDriver, selector: string, back = false): Promise<void> {
  for (let steps = 0; steps < 60; steps++) {
    const script = 'return document.activeElement.matches(arguments[0])';
    if (await driver.executeScript(script, selector)) return;
    const tab = driver.actions();
    if (back) await tab.keyDown(Key.SHIFT).sendKeys(Key.TAB).keyUp(Key.SHIFT).perform();
    else await tab.sendKeys(Key.TAB).perform();
  }
  throw new Error(`The tab key never came to ${selector}`);
}

describe('with the pointer', () => {
  test('signs up, out, and in again with the button', async ({ app, browser }) => {
    const { driver } = browser;
    const device = await browser.plugIn();
    await signUp(driver, app);
    await shows(driver, 'shown-name', 'Ann Example');
    expect(await device.credentials()).toMatchObject([{ rpId: 'localhost' }]);

    await signOut(driver);
    await press(driver, 'submit');
    await arriveAt(driver, '/account');
    await shows(driver, 'shown-name', 'Ann Example');
  });

  test('a person who is not recognised can try again', async ({ app, browser }) => {
    const { driver } = browser;
    const device = await browser.plugIn();
    await signUp(driver, app);
    await signOut(driver);
    await device.setUserVerified(false);
    await press(driver, 'submit');
    await see(driver, 'You can try again.');
    await autofillIs(driver, 'armed');

    await device.setUserVerified(true);
    await press(driver, 'submit');
    await arriveAt(driver, '/account');
  });

  test('adds a passkey on another device, and deletes the first after a confirmation', async ({
    app,
    browser,
  }) => {
    const { driver } = browser;
    const first = await browser.plugIn();
    await signUp(driver, app);
    await press(driver, 'add-passkey');
    await see(driver, 'already has a passkey');

    await first.unplug();
    const second = await browser.plugIn();
    await press(driver, 'add-passkey');
    await see(driver, 'Your passkey was added.');
    expect(await second.credentials()).toHaveLength(1);

    // The sign-in is too old for what follows, so the second device confirms.
    app.advance(301_000);
    await driver.findElement(By.css('[data-action=delete]')).click();
    await driver.wait(until.elementIsVisible(driver.findElement(By.id('confirm-yes'))), patienceMs);
    await press(driver, 'confirm-yes');
    await see(driver, 'was deleted.');
    expect(await driver.findElements(By.css('#passkey-list > li'))).toHaveLength(1);

    await signOut(driver);
    await press(driver, 'submit');
    await arriveAt(driver, '/account');
  });
});

describe('with the keyboard alone', () => {
  test('signs up, and in again from the list under the field', async ({ app, browser }) => {
    const { driver } = browser;
    await browser.plugIn();
    await driver.get(`${app.origin}/sign-in`);
    await autofillIs(driver, 'armed');
    await tabTo(driver, 'a[href="#create"]');
    await keys(driver, Key.ENTER);
    await tabTo(driver, '#username');
    await keys(driver, 'ann', Key.TAB, 'Ann Example', Key.ENTER);
    await arriveAt(driver, '/account');
    await shows(driver, 'shown-name', 'Ann Example');

    await tabTo(driver, '#sign-out');
    await keys(driver, Key.ENTER);
    await arriveAt(driver, '/sign-in');
    await autofillIs(driver, 'armed');
    // The field has the focus from the start, and the list comes without a key.
    const offer = async () => (await browser.offered())[0] ?? '';
    const offersPasskey = async () => /Passkey for localhost$/.test(await offer());
    await driver.wait(offersPasskey, patienceMs, 'no passkey was offered');
    await keys(driver, Key.ARROW_DOWN, Key.ENTER);
    await arriveAt(driver, '/account');
    await shows(driver, 'shown-name', 'Ann Example');
  });

  test('opens a dialog and leaves it again, with the focus where it was', async ({
    app,
    browser,
  }) => {
    const { driver } = browser;
    const first = await browser.plugIn();
    await signUp(driver, app);
    await first.unplug();
    await browser.plugIn();
    await tabTo(driver, '#add-passkey');
    await keys(driver, Key.ENTER);
    await see(driver, 'Your passkey was added.');

    // The page's last row is behind: on from there the tab key leads out of the page.
    await tabTo(driver, '[data-action=delete]', true);
    await keys(driver, Key.ENTER);
    await driver.wait(until.elementIsVisible(driver.findElement(By.id('confirm-yes'))), patienceMs);
    await keys(driver, Key.ESCAPE);
    const dialog = driver.findElement(By.css('dialog'));
    await driver.wait(until.elementIsNotVisible(dialog), patienceMs);
    const focused = await driver.switchTo().activeElement().getAttribute('data-action');
    expect(focused).toBe('delete');
  });
});

describe('the layout', () => {
  test.for([
    ['phone', { width: 390, height: 844 }],
    ['narrow phone', { width: 320, height: 640 }],
    ['desktop', { width: 1280, height: 900 }],
  ] as const)('of both pages fits on a %s', async ([, size], { app, browser }) => {
    const { driver } = browser;
    const overflow = () =>
      driver.executeScript(
        'const { scrollWidth, clientWidth } = document.documentElement; return scrollWidth - clientWidth',
      );
    await browser.plugIn();
    await browser.setViewport(size);
    await driver.get(`${app.origin}/sign-in`);
    await autofillIs(driver, 'armed');
    expect(await overflow()).toBe(0);
    await signUp(driver, app);
    expect(await overflow()).toBe(0);
  });
});
