import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rateLimits } from '../limits/table.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp({ env: { RATE_LIMITS: 'on', TRUST_PROXY: 'loopback' } });
});
afterEach(() => app.close());

const from = (address: string) => ({ 'x-forwarded-for': address });

async function exhaust(
  limit: keyof typeof rateLimits,
  method: string,
  path: string,
  body: () => unknown,
  headers = from('203.0.113.1'),
) {
  for (let count = 0; count < rateLimits[limit].points; count++) {
    const { status } = await app.browser().request(method, path, body(), headers);
    expect(status).not.toBe(429);
  }
  return app.browser().request(method, path, body(), headers);
}

describe('too many', () => {
  it.each([
    ['options-by-address', 'POST', '/api/authentication/options', {}],
    ['verify-by-address', 'POST', '/api/authentication/verify', {}],
    ['verify-by-address', 'POST', '/api/registration/verify', {}],
    ['change-by-address', 'DELETE', '/api/credentials/AAAA', undefined],
  ] as const)('%s: %s %s', async (limit, method, path, body) => {
    const answer = await exhaust(limit, method, path, () => body);
    expect(answer.body).toMatchObject({ code: 'too_many_requests', status: 429 });
    const { seconds } = rateLimits[limit];
    const wait = Number(answer.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(seconds);
    expect(answer.body.retryAfter).toBe(wait);
    const elsewhere = await app.browser().request(method, path, body, from('203.0.113.2'));
    expect(elsewhere.status).not.toBe(429);
    expect((await app.browser().get('/metrics')).body).toContain(
      `latchkey_rate_limited_total{limit="${limit}"} 1`,
    );
  });

  it.each(['203.0.113.1:PORT', '[2001:db8::1]:PORT'])(
    'is told by the address of a client, not by its port: %s',
    async (client) => {
      let port = 40_000;
      const statuses = new Set<number>();
      for (let count = 0; count <= rateLimits['options-by-address'].points; count++) {
        const headers = from(client.replace('PORT', String(port++)));
        const path = '/api/authentication/options';
        statuses.add((await app.browser().request('POST', path, {}, headers)).status);
      }
      expect([...statuses]).toEqual([200, 429]);
    },
  );

  it('user names are asked for one by one', async () => {
    let count = 0;
    const body = () => ({ username: `nobody-${count++}` });
    const answer = await exhaust('sign-up-by-address', 'POST', '/api/registration/options', body);
    expect(answer.body.code).toBe('too_many_requests');
  });

  it('user names are asked for by renaming one account, and by sign-up beside it', async () => {
    const [owner, signUps] = [app.browser(), rateLimits['sign-up-by-address'].points];
    await owner.signUp('ann', app.device());
    const rename = (change: object) =>
      owner.request('PATCH', '/api/account', change, from('203.0.113.1'));
    for (let count = 1; count < signUps; count++) {
      expect((await rename({ username: `ann-${count}` })).status).toBe(200);
    }
    const path = '/api/registration/options';
    const last = await app
      .browser()
      .request('POST', path, { username: 'bob' }, from('203.0.113.1'));
    expect(last.status).toBe(200);
    expect((await rename({ username: 'one-more' })).body.code).toBe('too_many_requests');
    // What asks for no name goes on.
    expect((await rename({ displayName: 'Ann' })).status).toBe(200);
  });

  it('addresses ask for one account; its owner still signs in without a name', async () => {
    const [owner, authenticator] = [app.browser(), app.device()];
    await owner.signUp('ann', authenticator);
    const path = '/api/authentication/options';
    for (let count = 0; count < rateLimits['options-by-name'].points; count++) {
      const body = { username: ['ann', 'ANN', ' ann', 'ann\t'][count % 4] };
      await app.browser().request('POST', path, body, from(`198.51.${count >> 8}.${count & 255}`));
    }
    const answer = await app.browser().request('POST', path, { username: 'ann' });
    expect(answer.body.code).toBe('too_many_requests');
    expect((await owner.signIn(authenticator)).status).toBe(200);
  });
});

describe('an address', () => {
  it('is the peer’s, whatever it forwards, where no proxy is trusted', async () => {
    const alone = await startTestApp({ env: { RATE_LIMITS: 'on' } });
    try {
      const ask = (count: number) =>
        alone
          .browser()
          .request('POST', '/api/authentication/options', {}, from(`203.0.113.${count % 200}`));
      let refused = 0;
      for (let count = 0; count <= rateLimits['options-by-address'].points; count++) {
        if ((await ask(count)).status === 429) refused++;
      }
      expect(refused).toBe(1);
    } finally {
      await alone.close();
    }
  });
});
