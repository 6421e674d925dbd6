/** Tests of the stand-in, with a small page of its own: it behaves as Safari does. */
import { describe, expect } from 'vitest';
import { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import { desktop, phone } from './driver.ts';
import { test } from './fixtures.ts';
import { safari as versions } from './safari/traits.ts';
import { Toy, toyPage } from './toy-page.ts';

describe('autofill', () => {
  test('waits until a passkey is chosen', async ({ browser, passkeys, serve }) => {
    const toy = await Toy.open(browser, await serve(toyPage));
    const authenticator = new SoftwareAuthenticator({ origin: toy.origin });
    await toy.start('new', 'create');
    await passkeys.approve(await passkeys.waitFor({ kind: 'create' }), authenticator);
    const { id } = await toy.outcome('new');
    await toy.start('fill', 'get', { mediation: 'conditional' });
    const request = await passkeys.waitFor({ conditional: true });
    expect(await toy.isSettled('fill')).toBe(false);
    await passkeys.approve(request, authenticator);
    expect(await toy.outcome('fill')).toMatchObject({ id, bytes: true });
  });

  test('ends with an AbortError when it is aborted', async ({ browser, passkeys, serve }) => {
    const toy = await Toy.open(browser, await serve(toyPage));
    await toy.start('fill', 'get', { mediation: 'conditional' });
    await toy.abort('fill', 'because');
    expect(await toy.outcome('fill')).toEqual({ error: 'AbortError' });
    expect((await passkeys.requests()).map(({ state }) => state)).toEqual(['aborted']);
  });

  test('lets the next request wait while it is being cancelled', async ({
    browser,
    passkeys,
    safari,
    serve,
  }) => {
    safari.traits = { ...versions['26'], cancelMs: 300 };
    const toy = await Toy.open(browser, await serve(toyPage));
    await toy.start('fill', 'get', { mediation: 'conditional' });
    await toy.abort('fill');
    await toy.start('modal', 'get');
    const states = async () => (await passkeys.requests()).map(({ state }) => state);
    expect(await states()).toEqual(['cancelling', 'queued']);
    await passkeys.waitFor({ conditional: false, state: 'active' });
    expect(await states()).toEqual(['aborted', 'active']);
  });

  test('is lost to a prompt that did not abort it', async ({ browser, passkeys, serve }) => {
    const toy = await Toy.open(browser, await serve(toyPage));
    await toy.start('fill', 'get', { mediation: 'conditional' });
    await toy.start('modal', 'get');
    await passkeys.cancel(await passkeys.waitFor({ conditional: false }));
    expect(await toy.outcome('modal')).toEqual({ error: 'NotAllowedError' });
    expect(await toy.isSettled('fill')).toBe(false);
    await passkeys.waitFor({ conditional: true, state: 'lost' });
  });
});

describe('a prompt', () => {
  test('ends with a NotAllowedError when it is closed', async ({ browser, passkeys, serve }) => {
    const toy = await Toy.open(browser, await serve(toyPage));
    await toy.start('modal', 'create');
    await passkeys.cancel(await passkeys.waitFor({ kind: 'create' }));
    expect(await toy.outcome('modal')).toEqual({ error: 'NotAllowedError' });
  });

  test('ends with an InvalidStateError for an excluded passkey', async ({
    browser,
    passkeys,
    serve,
  }) => {
    const toy = await Toy.open(browser, await serve(toyPage));
    const authenticator = new SoftwareAuthenticator({ origin: toy.origin });
    await toy.start('new', 'create');
    await passkeys.approve(await passkeys.waitFor({}), authenticator);
    const { id = '' } = await toy.outcome('new');
    await toy.start('again', 'create', { exclude: [id] });
    await passkeys.approve(await passkeys.waitFor({}), authenticator);
    expect(await toy.outcome('again')).toEqual({ error: 'InvalidStateError' });
  });
});

describe('an older Safari', () => {
  test('16.3 ignores an abort', async ({ browser, safari, serve }) => {
    safari.traits = versions['16.3'];
    const toy = await Toy.open(browser, await serve(toyPage));
    await toy.start('fill', 'get', { mediation: 'conditional' });
    await toy.abort('fill');
    await browser.driver.sleep(200);
    expect(await toy.isSettled('fill')).toBe(false);
  });

  test('16.4 shows one prompt without a gesture', async ({ browser, passkeys, safari, serve }) => {
    safari.traits = versions['16.4'];
    const toy = await Toy.open(browser, await serve(toyPage));
    await toy.start('first', 'get');
    await passkeys.cancel(await passkeys.waitFor({}));
    await toy.start('second', 'get');
    expect(await toy.outcome('second')).toEqual({ error: 'NotAllowedError' });
    await toy.click('third', 'get');
    await passkeys.waitFor({});
  });

  test('18.3 has neither JSON methods nor signals', async ({ browser, safari, serve }) => {
    const missing = `return ['parseCreationOptionsFromJSON', 'signalUnknownCredential']
      .map((name) => typeof PublicKeyCredential[name])
      .concat(typeof PublicKeyCredential.prototype.toJSON)`;
    const origin = await serve(toyPage);
    for (const [version, type] of [
      ['18.3', 'undefined'],
      ['26', 'function'],
    ] as const) {
      safari.traits = versions[version];
      await Toy.open(browser, origin);
      expect(await browser.driver.executeScript(missing)).toEqual([type, type, type]);
    }
  });

  test('has no passkeys at all', async ({ browser, safari, serve }) => {
    safari.traits = null;
    await Toy.open(browser, await serve(toyPage));
    const types = 'return [typeof PublicKeyCredential, typeof navigator.credentials]';
    expect(await browser.driver.executeScript(types)).toEqual(['undefined', 'undefined']);
  });
});

describe('the harness', () => {
  test('hears what goes wrong in a page', async ({ browser, safari, serve, allowErrors }) => {
    const { driver } = browser;
    await driver.get(await serve(toyPage));
    await driver.executeScript(`
      console.error('said');
      setTimeout(() => { throw new Error('thrown') });
      void Promise.reject(new TypeError('rejected'));
      document.body.append(Object.assign(new Image(), { src: '/missing.png' }));
      document.body.setAttribute('style', 'color: red');`);
    const kinds = [/console error: said/, /thrown/, /TypeError: rejected/, /img/, /CSP.*style/];
    allowErrors(...kinds);
    await driver.wait(async () => safari.errors.length >= kinds.length, 5_000);
    for (const kind of kinds) expect(safari.errors).toContainEqual(expect.stringMatching(kind));
  });

  test('has the window of a phone and of a desk', async ({ browser, serve }) => {
    await browser.driver.get(await serve(toyPage));
    for (const size of [phone, desktop]) {
      await browser.setViewport(size);
      const inner = await browser.driver.executeScript('return [innerWidth, innerHeight]');
      expect(inner).toEqual([size.width, size.height]);
    }
  });
});
