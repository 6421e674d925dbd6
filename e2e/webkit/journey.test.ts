/** The same pages in Safari's engine: a person’s whole journey, and the page without passkeys. */
import { By, until } from 'selenium-webdriver';
import { describe, expect } from 'vitest';
import { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import { arriveAt, autofillIs, patienceMs, press, see, shows, type } from '../webdriver/steps.ts';
import { desktop, phone } from './driver.ts';
import { test } from './fixtures.ts';
import { safari as versions } from './safari/traits.ts';

describe.each(['26', '18.3', '17.6', '16.4'] as const)('Safari %s', (version) => {
  test('signs up, out, and in again from autofill', async ({
    browser: { driver },
    passkeys,
    safari,
    startApp,
  }) => {
    safari.traits = versions[version];
    const app = await startApp();
    const authenticator = new SoftwareAuthenticator({ origin: app.origin });

    await driver.get(`${app.origin}/sign-in#create`);
    await autofillIs(driver, 'armed');
    await type(driver, 'username', 'ann');
    await type(driver, 'display-name', 'Ann Example');
    await press(driver, 'submit');
    await passkeys.approve(await passkeys.waitFor({ kind: 'create' }), authenticator);
    await arriveAt(driver, '/account');
    await shows(driver, 'shown-name', 'Ann Example');

    await press(driver, 'sign-out');
    await arriveAt(driver, '/sign-in');
    await autofillIs(driver, 'armed');

    // The prompt of the button replaces autofill. When it is closed, autofill is armed again.
    const armed = await passkeys.waitFor({ conditional: true });
    await press(driver, 'submit');
    await passkeys.cancel(await passkeys.waitFor({ kind: 'get', conditional: false }));
    await see(driver, 'No passkey was used.');
    const again = await passkeys.waitFor({ conditional: true });
    expect(again.id).not.toBe(armed.id);
    expect((await passkeys.requests()).find(({ id }) => id === armed.id)?.state).toBe('aborted');
    await autofillIs(driver, 'armed');

    await passkeys.approve(again, authenticator);
    await arriveAt(driver, '/account');
    await shows(driver, 'shown-name', 'Ann Example');
  });
});

describe('Safari 26', () => {
  test('lets the prompt of the button wait while autofill is being cancelled', async ({
    browser: { driver },
    passkeys,
    safari,
    startApp,
  }) => {
    safari.traits = { ...versions['26'], cancelMs: 300 };
    const app = await startApp();
    const authenticator = new SoftwareAuthenticator({ origin: app.origin });
    await app.browser().signUp('ann', authenticator);
    await driver.get(`${app.origin}/sign-in`);
    await autofillIs(driver, 'armed');
    await press(driver, 'submit');
    await passkeys.approve(await passkeys.waitFor({ conditional: false }), authenticator);
    await arriveAt(driver, '/account');
  });

  test('adds a passkey, tells the password manager, and deletes the first', async ({
    browser: { driver },
    passkeys,
    startApp,
  }) => {
    const app = await startApp();
    const [phoneKeys, laptopKeys] = [
      new SoftwareAuthenticator({ origin: app.origin }),
      new SoftwareAuthenticator({ origin: app.origin }),
    ];
    await app.browser().signUp('ann', phoneKeys);
    await driver.get(`${app.origin}/sign-in`);
    await passkeys.approve(await passkeys.waitFor({ conditional: true }), phoneKeys);
    await arriveAt(driver, '/account');

    await press(driver, 'add-passkey');
    await passkeys.approve(await passkeys.waitFor({ kind: 'create' }), phoneKeys);
    await see(driver, 'already has a passkey');
    await press(driver, 'add-passkey');
    await passkeys.approve(await passkeys.waitFor({ kind: 'create' }), laptopKeys);
    await see(driver, 'Your passkey was added.');

    await driver.findElement(By.css('[data-action=delete]')).click();
    await driver.wait(until.elementIsVisible(driver.findElement(By.id('confirm-yes'))), patienceMs);
    await press(driver, 'confirm-yes');
    await see(driver, 'was deleted.');
    const ids = laptopKeys.credentials.map(({ id }) => id);
    expect((await passkeys.signals()).at(-2)).toMatchObject({
      method: 'signalAllAcceptedCredentials',
      options: { allAcceptedCredentialIds: ids },
    });
  });

  test('signs in with a passkey that the server no longer knows: it is told to forget it', async ({
    browser: { driver },
    passkeys,
    startApp,
    allowErrors,
  }) => {
    allowErrors(/404/);
    const app = await startApp();
    const authenticator = new SoftwareAuthenticator({ origin: app.origin });
    const { body } = await app.browser().signUp('ann', authenticator);
    await app.deps.store.deleteAccount(body.user.id, 0);
    await driver.get(`${app.origin}/sign-in`);
    await passkeys.approve(await passkeys.waitFor({ conditional: true }), authenticator);
    await see(driver, 'no longer used here');
    expect(await passkeys.signals()).toEqual([
      {
        method: 'signalUnknownCredential',
        options: { rpId: 'localhost', credentialId: authenticator.credentials[0]?.id },
      },
    ]);
    await autofillIs(driver, 'armed');
  });
});

describe('without passkeys', () => {
  test.for([
    ['phone', phone],
    ['desktop', desktop],
    ['a narrow phone', { width: 320, height: 640 }],
  ] as const)(
    'on %s the page says so, and fits',
    async ([, size], { browser, safari, startApp }) => {
      safari.traits = null;
      const app = await startApp();
      await browser.setViewport(size);
      await browser.driver.get(`${app.origin}/sign-in`);
      await see(browser.driver, 'Passkeys don’t work in this browser.');
      expect(await browser.driver.findElement(By.id('form')).isDisplayed()).toBe(false);
      const overflow = await browser.driver.executeScript(
        'return document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBe(0);
    },
  );
});

describe('the layout', () => {
  test.for([
    ['phone', phone],
    ['desktop', desktop],
    ['a narrow phone', { width: 320, height: 640 }],
  ] as const)('of both pages fits on %s', async ([, size], { browser, passkeys, startApp }) => {
    const { driver } = browser;
    const app = await startApp();
    const authenticator = new SoftwareAuthenticator({ origin: app.origin });
    await app.browser().signUp('ann', authenticator);
    const expectFit = async () => {
      const [overflow, short] = await driver.executeScript<[number, string[]]>(`
        const root = document.documentElement;
        const small = [...document.querySelectorAll('button, input')].filter((each) => {
          const { width, height } = each.getBoundingClientRect();
          return each.checkVisibility() && (height < 44 || width < 44);
        });
        return [root.scrollWidth - root.clientWidth, small.map((each) => each.outerHTML)];
      `);
      expect(overflow).toBe(0);
      expect(short).toEqual([]);
    };
    await browser.setViewport(size);
    await driver.get(`${app.origin}/sign-in`);
    await autofillIs(driver, 'armed');
    await expectFit();
    await passkeys.approve(await passkeys.waitFor({ conditional: true }), authenticator);
    await arriveAt(driver, '/account');
    await expectFit();
  });
});
