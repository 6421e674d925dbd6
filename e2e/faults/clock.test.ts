/** A clock that is set back and forth, as on a machine without a battery, or after a snapshot was restored. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestApp, type TestApp } from '../../server/testing/app.ts';
import { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import type { TestBrowser } from '../../server/testing/browser.ts';

const minutes = 60_000;
const hours = 60 * minutes;
const days = 24 * hours;

let app: TestApp;
let browser: TestBrowser;
let authenticator: SoftwareAuthenticator;

const session = async () => (await browser.get('/api/session')).status;

/** The purge that the server does every minute. */
const purge = ({ deps: { store, now, config } }: TestApp) =>
  store.purge(now(), now() - config.auditRetentionDays * days);

/** A response to new options, which is not sent yet. */
const respond = async () => authenticator.get(await browser.requestOptions());

const outcome = async (response: Awaited<ReturnType<typeof respond>>) => {
  const { status, body } = await browser.verifyAuthentication(response);
  return status === 200 ? 'ok' : body.code;
};

describe.each(['sqlite', 'postgres'])('a clock, on %s,', (dialect) => {
  beforeEach(async () => {
    vi.stubEnv('TEST_DATABASE', dialect);
    app = await startTestApp({
      env: { CHALLENGE_TTL_SECONDS: '600', SESSION_TTL_SECONDS: String((30 * days) / 1000) },
    });
    browser = app.browser();
    authenticator = new SoftwareAuthenticator({ origin: app.origin });
    expect((await browser.signUp('ann', authenticator)).status).toBe(201);
  });
  afterEach(async () => {
    await app.close();
    vi.unstubAllEnvs();
  });

  it('that goes back by less than a challenge has been expired does not revive it', async () => {
    const response = await respond();
    app.advance(15 * minutes);
    expect(await outcome(response)).toBe('challenge_invalid');
    app.advance(-4 * minutes);
    expect(await outcome(response)).toBe('challenge_invalid');
  });

  it('that was ahead leaves no challenge behind that lives longer than others', async () => {
    app.advance(2 * hours);
    const ahead = await respond();
    app.advance(-2 * hours);
    expect(await outcome(ahead)).toBe('challenge_invalid');
    // The clocks of two nodes may differ by some seconds.
    app.advance(2000);
    const other = await respond();
    app.advance(-2000);
    expect(await outcome(other)).toBe('ok');
  });

  it('that moves does not keep people from signing in', async () => {
    for (const move of [-3 * days, 7 * days, 20 * minutes, -10 * minutes, -4 * days]) {
      app.advance(move);
      await purge(app);
      expect(await outcome(await respond())).toBe('ok');
    }
  });

  it('that moves makes no spent nonce good again', async () => {
    const spent = await respond();
    expect(await outcome(spent)).toBe('ok');
    for (const move of [-3 * days, 3 * days + 9 * minutes, 30 * minutes, -25 * minutes]) {
      app.advance(move);
      await purge(app);
      expect(await outcome(spent)).toBe('challenge_invalid');
    }
  });

  it('that was ahead for hours keeps nobody out afterwards', async () => {
    for (const ahead of [3 * hours, 365 * days]) {
      for (const move of [ahead, 3 * hours]) {
        app.advance(move);
        expect(await outcome(await respond())).toBe('ok');
        await purge(app);
      }
      app.advance(-ahead);
      expect(await outcome(await respond())).toBe('ok');
    }
  });

  it('that was hours ahead while nonces were purged makes none good again', async () => {
    const spent = await respond();
    expect(await outcome(spent)).toBe('ok');
    app.advance(3 * hours);
    await purge(app);
    app.advance(-3 * hours);
    expect(await outcome(spent)).toBe('challenge_invalid');
  });

  it('that moves by hours ends no session', async () => {
    for (const move of [-6 * hours, 12 * hours, -6 * hours]) {
      app.advance(move);
      await purge(app);
      expect(await session()).toBe(200);
    }
  });

  it('that went back lets a session live as much longer, and no more', async () => {
    app.advance(-2 * days);
    expect(await session()).toBe(200);
    app.advance(32 * days + 1000);
    expect(await session()).toBe(401);
  });

  it('that was ahead lets a session live as much longer, and no more', async () => {
    app.advance(6 * hours);
    expect(await outcome(await respond())).toBe('ok');
    app.advance(-6 * hours);
    expect(await session()).toBe(200);
    app.advance(30 * days + 6 * hours + 1000);
    expect(await session()).toBe(401);
  });

  it('that was years ahead leaves no session behind that lives for years', async () => {
    app.advance(3650 * days);
    expect(await outcome(await respond())).toBe('ok');
    app.advance(-3650 * days);
    app.advance(60 * days);
    expect(await session()).toBe(401);
  });

  it('that was ahead leaves no confirmation behind that stays fresh', async () => {
    app.advance(1 * days);
    expect(await outcome(await respond())).toBe('ok');
    app.advance(-1 * days);
    const { body } = await browser.post('/api/registration/options', {});
    expect(body.code).toBe('step_up_required');
  });
});
