import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createCredential } from './create-credential.ts';

const options = {} as PublicKeyCredentialCreationOptionsJSON;
const registered = { user: {}, credential: {}, superseded: null };
const create = vi.fn();
let sent: string[];
/** What becomes of each request; `lost` is one that got no answer. */
let fates: ('lost' | Response)[];

const answer = (status: number, body: object) => new Response(JSON.stringify(body), { status });

beforeEach(() => {
  vi.useFakeTimers();
  sent = [];
  create.mockReset().mockResolvedValue({ toJSON: () => ({ id: 'AQ' }) });
  vi.stubGlobal('fetch', async (path: string, { body }: RequestInit) => {
    sent.push(`${path} ${body}`);
    const fate = fates.shift();
    if (!fate || fate === 'lost') throw new TypeError('Failed to fetch');
    return fate;
  });
  vi.stubGlobal('PublicKeyCredential', { parseCreationOptionsFromJSON: (json: object) => json });
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

test('a server that stays away is told of', async () => {
  fates = [];
  const done = expect(createCredential(options)).rejects.toMatchObject({ code: 'unreachable' });
  await vi.runAllTimersAsync();
  await done;
});

test('a refusal is final', async () => {
  fates = [answer(403, { code: 'authenticator_not_allowed' }), answer(201, registered)];
  const code = 'authenticator_not_allowed';
  await expect(createCredential(options)).rejects.toMatchObject({ code });
  expect(sent).toHaveLength(1);
});
