/** In Safari's engine: a legacy credential on a system that has passkeys now. */
import { By, type WebDriver } from 'selenium-webdriver';
import { describe, expect } from 'vitest';
import { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import { arriveAt, autofillIs, press, see, type } from '../webdriver/steps.ts';
import { test } from './fixtures.ts';
import type { Passkeys } from './passkeys.ts';
import { safari as versions } from './safari/traits.ts';

/** Platform keys of iOS until version 15. */
const legacy = {
  aaguid: 'f24a8e70-d0d3-f82c-2937-32523cc4de5a',
  backupEligible: false,
  backedUp: false,
  transports: ['internal'],
};
const synced = {
  aaguid: 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd',
  backupEligible: true,
  backedUp: true,
  transports: ['internal', 'hybrid'],
};

/** Signs in a person with a legacy key, up to the offer of an update. */
async function comeToTheOffer(
  driver: WebDriver,
  passkeys: Passkeys,
  origin: string,
  { userVerified }: { userVerified: boolean },
): Promise<SoftwareAuthenticator> {
  const device = new SoftwareAuthenticator({ origin, ...legacy });
  await driver.get(`${origin}/sign-in#create`);
  await autofillIs(driver, 'armed');
  await type(driver, 'username', 'ann');
  await press(driver, 'submit');
  await passkeys.approve(await passkeys.waitFor({ kind: 'create' }), device);
  await arriveAt(driver, '/account');
  await press(driver, 'sign-out');
  await arriveAt(driver, '/sign-in');
  await autofillIs(driver, 'armed');
  device.settings.userVerified = userVerified;
  await passkeys.approve(await passkeys.waitFor({ conditional: true }), device);
  await see(driver, 'only works on this device');
  device.settings.userVerified = true;
  return device;
}

async function agree(passkeys: Passkeys, device: SoftwareAuthenticator) {
  const asked = await passkeys.waitFor({ kind: 'create' });
  Object.assign(device.settings, synced);
  await passkeys.approve(asked, device);
  return asked;
}

describe.each(['26', '18.3', '17.6', '16.4'] as const)('Safari %s', (version) => {
  test('updates the key after a sign-in, at the second try', async ({
    browser: { driver },
    passkeys,
    safari,
    startApp,
  }) => {
    safari.traits = versions[version];
    const { origin } = await startApp();
    const device = await comeToTheOffer(driver, passkeys, origin, { userVerified: true });
    const [old] = device.credentials;
    await press(driver, 'offer-now');
    // The refusal comes faster than from a person, so the page takes it for Safari's own and asks again.
    await passkeys.cancel(await passkeys.waitFor({ kind: 'create' }));
    await passkeys.cancel(await passkeys.waitFor({ kind: 'create' }));
    await see(driver, 'Nothing has changed.');

    await press(driver, 'offer-now');
    const asked = await agree(passkeys, device);
    expect(asked.publicKey).toMatchObject({
      user: { id: old?.userHandle },
      authenticatorSelection: { residentKey: 'required' },
      // A match would end the ceremony before the system replaces the key.
      excludeCredentials: [],
    });
    await arriveAt(driver, '/account');
    expect(device.credentials).toHaveLength(1);
    await see(driver, 'Replaced.');
    await see(driver, 'Synced');
    expect(await driver.findElements(By.css('#passkey-list > li'))).toHaveLength(2);
  });
});

describe.each(['26', '16.4'] as const)('Safari %s', (version) => {
  test('after a sign-in that was not verified, confirms first', async ({
    browser: { driver },
    passkeys,
    safari,
    startApp,
    allowErrors,
  }) => {
    allowErrors(/403/);
    safari.traits = versions[version];
    const { origin } = await startApp({ USER_VERIFICATION: 'preferred' });
    const device = await comeToTheOffer(driver, passkeys, origin, { userVerified: false });
    await see(driver, 'You will first confirm that it’s you.');
    await press(driver, 'offer-now');
    await passkeys.approve(await passkeys.waitFor({ kind: 'get', conditional: false }), device);
    await agree(passkeys, device);
    await arriveAt(driver, '/account');
    await see(driver, 'Synced');
  });
});
