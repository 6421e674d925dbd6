import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { call } from './call.ts';

const stepUp = {
  code: 'step_up_required',
  stepUp: { method: 'POST', path: '/api/authentication/options', body: { purpose: 'step-up' } },
};
const unknown = { code: 'credential_unknown', rpId: 'localhost', credentialId: 'Ag' };

type Reply = [status: number, body?: object];
let replies: Reply[];
let sent: string[];
const signalUnknownCredential = vi.fn(async () => {});

beforeEach(() => {
  sent = [];
  vi.stubGlobal('fetch', async (path: string, { method, body }: RequestInit) => {
    sent.push([method, path, body].filter(Boolean).join(' '));
    const [status, answer] = replies.shift() ?? [500];
    return new Response(answer && JSON.stringify(answer), { status });
  });
  vi.stubGlobal('PublicKeyCredential', {
    parseRequestOptionsFromJSON: (options: object) => options,
    signalUnknownCredential,
  });
  const get = async () => ({ toJSON: () => ({ id: 'AQ' }) });
  vi.stubGlobal('navigator', { credentials: { get } });
});
afterEach(() => void vi.unstubAllGlobals());

test('an answer without a body is no trouble', async () => {
  replies = [[204]];
  expect(await call('DELETE', '/api/session')).toBeUndefined();
});

test('a step-up is done as the server says, then the call is made again', async () => {
  replies = [
    [403, stepUp],
    [200, { challenge: 'AQ' }],
    [200, { user: {} }],
    [200, { signals: {} }],
  ];
  const onStepUp = vi.fn((running: boolean) => void sent.push(`confirming: ${running}`));
  const answer = await call('DELETE', '/api/account', undefined, { onStepUp });
  expect(answer).toEqual({ signals: {} });
  expect(sent).toEqual([
    'DELETE /api/account',
    'confirming: true',
    'POST /api/authentication/options {"purpose":"step-up"}',
    'POST /api/authentication/verify {"id":"AQ"}',
    'confirming: false',
    'DELETE /api/account',
  ]);
});

test('a call that asks for a step-up again is given up', async () => {
  replies = [
    [403, stepUp],
    [200, { challenge: 'AQ' }],
    [200, { user: {} }],
    [403, stepUp],
  ];
  await expect(call('DELETE', '/api/account')).rejects.toMatchObject({ code: 'step_up_required' });
});

test('a passkey that the server does not know is signalled with the ids of the server', async () => {
  replies = [
    [403, stepUp],
    [200, { challenge: 'AQ' }],
    [404, unknown],
  ];
  await expect(call('DELETE', '/api/account')).rejects.toMatchObject({ code: unknown.code });
  expect(signalUnknownCredential).toHaveBeenCalledExactlyOnceWith({
    rpId: 'localhost',
    credentialId: 'Ag',
  });
});

test('a refusal that is not JSON still is a problem, and a page in place of an answer is no answer', async () => {
  vi.stubGlobal('fetch', async () => new Response('<html>', { status: 502 }));
  await expect(call('GET', '/api/session')).rejects.toMatchObject({ status: 502, code: 'unknown' });
  vi.stubGlobal('fetch', async () => new Response('<html>'));
  await expect(call('GET', '/api/session')).rejects.toMatchObject({ code: 'unreachable' });
});
