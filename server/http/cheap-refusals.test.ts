/** What is refused is refused before it costs anything. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';
import { rateLimits } from '../limits/table.ts';
import { startTestApp } from '../testing/app.ts';
import { endpointsFor } from './endpoints.ts';

const app = await startTestApp();
afterAll(() => app.close());

describe('PRF results', () => {
  // Rows of operators read no body before they have seen a key, and no browser has one.
  const rows = endpointsFor(app.deps.config).filter(
    ({ method, who }) => method !== 'get' && who !== 'operator',
  );

  it.each(rows.map(({ method, path }) => [method.toUpperCase(), path]))(
    'are refused by %s %s, whatever it does with a body',
    async (method = '', path = '') => {
      const browser = app.browser();
      await browser.signUp(app.newName(), app.device());
      const before = await app.contents();
      const body = { clientExtensionResults: { prf: { results: { first: 'AA' } } } };
      const answer = await browser.request(method, path.replaceAll(/\{\w+\}/g, 'AAAA'), body);
      expect(answer.body).toMatchObject({
        code: 'invalid_request',
        detail: 'PRF results must not leave the device',
      });
      expect(await app.contents()).toEqual(before);
    },
  );
});

it('whoever asks too often is refused before the body has come', async () => {
  const busy = await startTestApp({ env: { RATE_LIMITS: 'on' } });
  const path = '/api/authentication/verify';
  for (let count = 0; count < rateLimits['verify-by-address'].points; count++) {
    await busy.browser().post(path, {});
  }
  const socket = connect(busy.port, 'localhost').setEncoding('latin1');
  const headers = 'host: localhost\r\ncontent-type: application/json\r\ncontent-length: 65536';
  socket.write(`POST ${path} HTTP/1.1\r\n${headers}\r\n\r\n{`);
  const [answer] = await once(socket, 'data');
  expect(answer).toMatch(/^HTTP\/1\.1 429 /);
  socket.destroy();
  await busy.close();
});

describe('a list that is too long', () => {
  const many = Array(20_000).fill({});

  it('is refused for its length, and its items are not looked at', async () => {
    const browser = app.browser();
    const { body } = await browser.post('/api/registration/options', {
      username: 'x',
      hints: many,
    });
    expect(body.detail).toBe('hints: expected at most 3 items');
    const response = await app.device().create(await browser.creationOptions({ username: 'x' }));
    const refused = await browser.post('/api/registration/verify', {
      ...response,
      response: { ...response.response, transports: many },
    });
    expect(refused.body.detail).toBe('response.transports: expected at most 32 items');
  });
});

it('many who ask for the metrics at once get one answer', async () => {
  const busy = await startTestApp();
  const { metrics } = busy.deps;
  const { text } = metrics;
  let gathered = 0;
  Object.assign(metrics, {
    text: () => {
      gathered++;
      return text();
    },
  });
  const askOften = () =>
    Promise.all(Array.from({ length: 20 }, () => busy.browser().get('/metrics')));
  for (const { body } of await askOften()) expect(body).toContain('latchkey_');
  expect(gathered).toBe(1);
  busy.advance(1_000);
  await askOften();
  expect(gathered).toBe(2);
  await busy.close();
});

it('a long path makes no long line in the log', async () => {
  await app.browser().get(`/${'a'.repeat(15_000)}`);
  const line = app.logLines.at(-1) ?? '';
  expect(line).toContain('aaaa');
  expect(line.length).toBeLessThan(600);
});
