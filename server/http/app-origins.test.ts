/** Which origins may complete a ceremony: pages of ours, and the apps that are configured. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';

const [site, parent] = ['https://login.example.com', 'https://example.com'];
const fingerprint = Array(32).fill('0A').join(':');
const android = `android:apk-key-hash:${Buffer.alloc(32, 0x0a).toString('base64url')}`;
const env = { ORIGIN: site, RP_ID: 'example.com' };
const apps = {
  ...env,
  APPLE_APP_IDS: 'A1B2C3D4E5.com.example.app',
  ANDROID_APPS: `com.example.app@${fingerprint}`,
};
const withApps = await startTestApp({ env: apps });
const withoutApps = await startTestApp({ env });
afterAll(() => Promise.all([withApps.close(), withoutApps.close()]));

/** Client data as Chromium writes it on a page, as Safari does and Apple's apps do, and as Google's does. */
const written = {
  'with crossOrigin': (members: object) => ({ ...members, crossOrigin: false }),
  'without crossOrigin': (members: object) => ({ ...members, crossOrigin: undefined }),
  'with the name of a package': (members: object) => ({
    ...{ ...members, crossOrigin: undefined },
    androidPackageName: 'com.example.app',
  }),
};

const rows: [string, keyof typeof written, withApps: number, withoutApps: number][] = [
  [site, 'with crossOrigin', 200, 200],
  [site, 'without crossOrigin', 200, 200],
  [parent, 'with crossOrigin', 400, 400],
  [parent, 'without crossOrigin', 200, 400],
  [android, 'without crossOrigin', 200, 400],
  [android, 'with the name of a package', 200, 400],
  [android, 'with crossOrigin', 200, 400],
  [`${android}A`, 'with the name of a package', 400, 400],
  ['https://evil.example', 'without crossOrigin', 400, 400],
];

async function attempt(app: TestApp, origin: string, clientData: (members: object) => object) {
  const device = new SoftwareAuthenticator({ origin: site });
  await app.browser().signUp(app.newName(), device);
  device.settings.origin = origin;
  const signUp = await app.browser().signUp(app.newName(), new SoftwareAuthenticator({ origin }), {
    clientData,
  });
  const signIn = await app.browser().signIn(device, {}, { clientData });
  return [signUp, signIn].map(({ status, body }) => ({ status, code: body.code }));
}

describe('client data', () => {
  it.each(rows)('of %s, %s: %i with apps, %i without', async (origin, how, ...statuses) => {
    for (const [index, app] of [withApps, withoutApps].entries()) {
      const [signUp, signIn] = await attempt(app, origin, written[how]);
      if (statuses[index] === 200) {
        expect([signUp?.status, signIn?.status]).toEqual([201, 200]);
      } else {
        expect([signUp?.code, signIn?.code]).toEqual(['origin_mismatch', 'origin_mismatch']);
      }
    }
  });

  it('of an app lets no page of the parent site call: that is another site', async () => {
    for (const app of [withApps, withoutApps]) {
      const answer = await app
        .browser()
        .request('POST', '/api/authentication/options', {}, { origin: parent });
      expect([answer.status, answer.body.code]).toEqual([403, 'cross_site_request']);
    }
  });
});
