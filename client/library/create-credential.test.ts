import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createCredential } from './create-credential.ts';

const user = { id: 'dXNlcg', username: 'ann', displayName: 'Ann' };
const options: PublicKeyCredentialCreationOptionsJSON = {
  rp: { id: 'example.com', name: 'Example' },
  user: { id: user.id, name: user.username, displayName: user.displayName },
  challenge: 'AQ',
  pubKeyCredParams: [],
};
const registered = { user: {}, credential: {}, superseded: null };
const create = vi.fn();
const signalUnknownCredential = vi.fn(async () => {});
let sent: string[];
/** What becomes of each request; `lost` is one that got no answer. */
let fates: ('lost' | Response)[];

const answer = (status: number, body: object) => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  signalUnknownCredential.mockClear();
  create.mockReset().mockResolvedValue({ toJSON: () => ({ id: 'AQ' }) });
  vi.stubGlobal('fetch', async (path: string, { body }: RequestInit) => {
    sent.push([path, body].filter(Boolean).join(' '));
    const fate = fates.shift();
    if (!fate || fate === 'lost') throw new TypeError('Failed to fetch');
    return fate;
  });
  vi.stubGlobal('PublicKeyCredential', {
    parseCreationOptionsFromJSON: (json: object) => json,
    signalUnknownCredential,
  });
  vi.stubGlobal('navigator', { credentials: { create } });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test('an answer that was lost on the way is asked for once more: the device has the key already', async () => {
  fates = ['lost', answer(201, registered)];
  const done = createCredential(options);
  await vi.runAllTimersAsync();
  expect(await done).toEqual(registered);
  expect(create).toHaveBeenCalledTimes(1);
  expect(sent).toEqual(Array(2).fill('/api/registration/verify {"id":"AQ"}'));
});

test.each(['unavailable', 'internal_error', 'too_many_requests'])(
  '%s says nothing of the key, and is asked again',
  async (code) => {
    fates = [...Array(3)].map(() => answer(503, { code }));
    fates.push(answer(201, registered));
    const done = createCredential(options);
    await vi.runAllTimersAsync();
    expect(await done).toEqual(registered);
    expect(sent).toHaveLength(4);
  },
);

test('a server that stays away is told of, and the passkey stays: it may be stored', async () => {
  fates = [];
  const done = expect(createCredential(options)).rejects.toMatchObject({ code: 'unreachable' });
  await vi.runAllTimersAsync();
  await done;
  expect(signalUnknownCredential).not.toHaveBeenCalled();
});

test.each([
  ['a gateway', new Response('<html>', { status: 502 })],
  ['a captive portal', new Response('<html>', { status: 403 })],
])('%s that answers in the place of the server refuses nothing', async (_, fate) => {
  fates = [fate, answer(201, registered)];
  const done = createCredential(options);
  await vi.runAllTimersAsync();
  expect(await done).toEqual(registered);
  expect(signalUnknownCredential).not.toHaveBeenCalled();
});

test('a refusal is final', async () => {
  fates = [answer(403, { code: 'authenticator_not_allowed' }), answer(201, registered)];
  const code = 'authenticator_not_allowed';
  await expect(createCredential(options)).rejects.toMatchObject({ code });
  expect(sent).toHaveLength(1);
});

test.each([
  [400, 'challenge_invalid'],
  [400, 'verification_failed'],
  [401, 'unauthenticated'],
  [403, 'authenticator_not_allowed'],
  [409, 'account_changed'],
  [409, 'username_taken'],
])('after a refusal (%i %s) the device forgets the passkey, which works nowhere', async (...is) => {
  fates = [answer(is[0], { code: is[1] })];
  await expect(createCredential(options)).rejects.toMatchObject({ code: is[1] });
  expect(signalUnknownCredential.mock.calls).toEqual([
    [{ rpId: 'example.com', credentialId: 'AQ' }],
  ]);
});

test('a passkey that was accepted before stays', async () => {
  fates = [answer(409, { code: 'credential_exists' })];
  await expect(createCredential(options)).rejects.toMatchObject({ code: 'credential_exists' });
  expect(signalUnknownCredential).not.toHaveBeenCalled();
});

describe('after an answer that was lost, the challenge is refused as spent:', () => {
  const spent = () => answer(400, { code: 'challenge_invalid' });
  const credential = { id: 'AQ' };

  test('a passkey that is listed was stored', async () => {
    fates = [
      'lost',
      spent(),
      answer(200, { user }),
      answer(200, { credentials: [credential], signals: {} }),
    ];
    const done = createCredential(options);
    await vi.runAllTimersAsync();
    expect(await done).toEqual({ user, credential, superseded: null, signals: {} });
    expect(sent.slice(2)).toEqual(['/api/session', '/api/credentials']);
    expect(signalUnknownCredential).not.toHaveBeenCalled();
  });

  test('one that is not listed was refused, and the device forgets it', async () => {
    fates = ['lost', spent(), answer(200, { user }), answer(200, { credentials: [] })];
    const done = expect(createCredential(options)).rejects.toMatchObject({
      code: 'challenge_invalid',
    });
    await vi.runAllTimersAsync();
    await done;
    expect(signalUnknownCredential).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['nobody is signed in', answer(401, { code: 'unauthenticated' })],
    ['another account is signed in', answer(200, { user: { ...user, id: 'AQ' } })],
    ['the server is away again', 'lost' as const],
  ])('nobody can tell while %s, and it stays', async (_, session) => {
    fates = ['lost', spent(), session];
    const done = expect(createCredential(options)).rejects.toMatchObject({ code: 'unconfirmed' });
    await vi.runAllTimersAsync();
    await done;
    expect(signalUnknownCredential).not.toHaveBeenCalled();
  });
});
