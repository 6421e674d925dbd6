/** What real clients send besides what the specification says, if it means only one thing. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';
import type { CreateBend, GetBend } from '../testing/bend.ts';

const app = await startTestApp();
afterAll(() => app.close());

type Json = Record<string, unknown>;
/** The response as JSON, with members that real providers leave out or set to null. */
const bent = (change: (json: Json) => object) =>
  ({ response: (json: object) => change(json as Json) }) as unknown as CreateBend & GetBend;

const missing = bent(({ clientExtensionResults: _, ...rest }) => rest);
const isNull = bent((json) => ({ ...json, clientExtensionResults: null }));
const withResponse = (members: Json) =>
  bent((json) => ({ ...json, response: { ...(json['response'] as Json), ...members } }));

describe('a passkey is made and used', () => {
  it.each([
    ['without clientExtensionResults', missing, missing],
    ['with clientExtensionResults: null', isNull, isNull],
    ['with transports: null', withResponse({ transports: null }), {}],
    ['without transports', withResponse({ transports: undefined }), {}],
  ])('%s', async (_name, onCreate, onGet) => {
    const [browser, device] = [app.browser(), app.device()];
    expect((await browser.signUp(app.newName(), device, onCreate)).status).toBe(201);
    expect((await browser.signIn(device, {}, onGet)).status).toBe(200);
  });
});

describe('JSON', () => {
  it.each([
    'application/json',
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'application/json; charset=utf8',
    'Application/JSON ; Charset=UTF8',
  ])('may be called %s', async (type) => {
    const headers = { 'content-type': type };
    const path = '/api/authentication/options';
    expect((await app.browser().request('POST', path, '{}', headers)).status).toBe(200);
  });
});
