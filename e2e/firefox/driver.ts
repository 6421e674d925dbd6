/**
 * Firefox, driven without a window. Each session has a browser and a profile of its own, which are removed when it
 * closes. Sessions can run side by side.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Capabilities, Session, WebDriver } from 'selenium-webdriver';
import { start, stop, until } from '../webdriver/processes.ts';
import { savePicture } from '../webdriver/screenshot.ts';
import { Authenticator } from './authenticator.ts';
import { Bidi } from './bidi.ts';
import { marionetteExecutor } from './executor.ts';
import { Marionette } from './marionette.ts';

const PREFERENCES = {
  // Any free port; Firefox writes it into the profile.
  'marionette.port': 0,
  // What is recommended for tests turns off the list under a field, which offers passkeys.
  'remote.prefs.recommended': false,
  'focusmanager.testmode': true,
  // Virtual authenticators in place of security keys.
  'security.webauth.webauthn_enable_softtoken': true,
  'security.webauth.webauthn_enable_usbtoken': false,
  // It reaches nobody but us: everything else goes to a proxy that is not there.
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  // It greets nobody and asks for nothing.
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  'termsofuse.bypassNotification': true,
};

export interface FirefoxBrowser {
  readonly driver: WebDriver;
  /** Connects a virtual authenticator that verifies its owner. */
  plugIn(): Promise<Authenticator>;
  /** What the list under the field with the focus offers; empty if there is none. */
  offered(): Promise<string[]>;
  /** The errors and warnings of all pages so far. */
  complaints(): Promise<readonly string[]>;
  /** The size of the page itself, as `innerWidth` and `innerHeight` say it. */
  setViewport(size: { width: number; height: number }): Promise<void>;
  screenshot(path: string): Promise<void>;
  close(): Promise<void>;
}

export async function openFirefox(program: string): Promise<FirefoxBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'latchkey-firefox-'));
  const cleanUp: (() => unknown)[] = [
    () => rmSync(profile, { recursive: true, force: true, maxRetries: 5 }),
  ];
  const close = async () => {
    for (const step of cleanUp.splice(0).reverse()) await step();
  };
  try {
    writePreferences(profile);
    const browser = start(program, [...ARGUMENTS, '--profile', profile], surroundings(profile));
    cleanUp.push(() => stop(browser));
    const port = await until(browser, () => readPort(profile));
    const marionette = await Marionette.connect(port);
    cleanUp.push(() => marionette.close());
    const { sessionId, capabilities } = (await marionette.send('WebDriver:NewSession', {
      webSocketUrl: true,
    })) as { sessionId: string; capabilities: { webSocketUrl: string } };
    const bidi = await Bidi.connect(capabilities.webSocketUrl);
    cleanUp.push(() => bidi.close());
    const session = new Session(sessionId, new Capabilities(capabilities));
    const driver = new WebDriver(session, marionetteExecutor(marionette));
    return { driver, close, ...partsOf(driver, marionette, bidi) };
  } catch (error) {
    await close();
    throw error;
  }
}

function partsOf(
  driver: WebDriver,
  marionette: Marionette,
  bidi: Bidi,
): Omit<FirefoxBrowser, 'driver' | 'close'> {
  return {
    plugIn: () => Authenticator.plugIn(marionette),
    offered: () => offered(marionette),
    async complaints() {
      await bidi.send('session.status');
      return bidi.complaints;
    },
    async setViewport(viewport) {
      const context = await driver.getWindowHandle();
      await bidi.send('browsingContext.setViewport', { context, viewport });
    },
    screenshot: (path) => savePicture(driver, path),
  };
}

/** The list belongs to the browser, not to the page. */
async function offered(marionette: Marionette): Promise<string[]> {
  const script = `
    const { state, richlistbox } = document.getElementById('PopupAutoComplete');
    return state === 'open' ? [...richlistbox.children].map((each) => each.textContent) : [];`;
  await marionette.send('Marionette:SetContext', { value: 'chrome' });
  try {
    const answer = await marionette.send('WebDriver:ExecuteScript', { script, args: [] });
    return (answer as { value: string[] }).value;
  } finally {
    await marionette.send('Marionette:SetContext', { value: 'content' });
  }
}

const ARGUMENTS = [
  ...['--headless', '--no-remote', '--marionette', '--remote-debugging-port', '0'],
  // Lets tests look at what belongs to the browser.
  '--remote-allow-system-access',
];

/** An environment apart from the person's own session. */
function surroundings(home: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    MOZ_CRASHREPORTER_DISABLE: '1',
    DBUS_SESSION_BUS_ADDRESS: 'disabled:',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
  };
}

function writePreferences(profile: string): void {
  const lines = Object.entries(PREFERENCES).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  writeFileSync(join(profile, 'user.js'), lines.join(''));
}

/** The file is there as soon as the browser listens. */
function readPort(profile: string): number | undefined {
  try {
    return Number(readFileSync(join(profile, 'MarionetteActivePort'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}
