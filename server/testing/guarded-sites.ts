/** Sites behind a proxy that asks us, and people who are let in there. */
import { expect } from 'vitest';
import { startTestApp } from './app.ts';
import { SoftwareAuthenticator } from './authenticator.ts';
import type { Answer } from './browser.ts';
import { TestSite } from './proxied-site.ts';

export const home = 'https://login.example.com';
export const wiki = 'https://wiki.example.com';
export const shop = 'https://shop.example.net:8443';
export const env = {
  ORIGIN: home,
  FORWARD_AUTH_ORIGINS: [home, wiki, shop, 'http://localhost:8080'].join(),
  TRUST_PROXY: 'loopback',
};

export const locationOf = ({ headers }: Answer) => new URL(headers.get('location') ?? 'none:');
export const target = ({ pathname, search }: URL) => pathname + search;
/** As somebody comes who is at the right host already. */
export const atHome = (url: URL) => `${target(url)}&moved=`;

export async function startGuarded() {
  const app = await startTestApp({ env });
  const device = () => new SoftwareAuthenticator({ origin: home });

  async function person(name = app.newName()) {
    const browser = app.browser();
    const passkey = device();
    const { body } = await browser.signUp(name, passkey);
    return { browser, passkey, name, id: body.user.id as string };
  }

  /** Signed in at our own site, and let in at this one. */
  async function inside(origin = wiki) {
    const someone = await person();
    const site = new TestSite(app, origin);
    expect((await site.open('/', someone.browser)).status).toBe(200);
    return { ...someone, site };
  }

  return { app, device, person, inside };
}
