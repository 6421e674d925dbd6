import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { conditionalCreate } from './conditional-create.ts';
import { signIn } from './sign-in.ts';

/** A browser of paper that can make passkeys unasked, unless a test takes that from it. */
let capabilities: Record<string, boolean> | undefined;
let replies: [status: number, body: object][];
let sent: string[];
const create = vi.fn();
const get = vi.fn();
const registered = { user: {}, credential: {}, superseded: null };

beforeEach(() => {
  capabilities = { conditionalCreate: true };
  replies = [
    [200, { challenge: 'AQ' }],
    [201, registered],
  ];
  sent = [];
  create.mockReset().mockResolvedValue({ toJSON: () => ({ id: 'AQ' }) });
  get.mockReset();
  vi.stubGlobal('fetch', async (path: string, { body }: RequestInit) => {
    sent.push(`${path} ${body}`);
    const [status, answer] = replies.shift() ?? [500, {}];
    return new Response(JSON.stringify(answer), { status });
  });
  vi.stubGlobal('PublicKeyCredential', {
    getClientCapabilities: capabilities && (async () => capabilities),
    parseCreationOptionsFromJSON: (options: object) => options,
    parseRequestOptionsFromJSON: (options: object) => options,
  });
  vi.stubGlobal('navigator', { credentials: { create, get } });
});
afterEach(() => void vi.unstubAllGlobals());

test('a passkey is made without asking, and the server knows that nobody was asked', async () => {
  expect(await conditionalCreate()).toEqual(registered);
  expect(create.mock.calls[0]?.[0]).toMatchObject({ mediation: 'conditional' });
  expect(sent).toEqual([
    '/api/registration/options {"mediation":"conditional"}',
    '/api/registration/verify {"id":"AQ"}',
  ]);
});

test.each([{}, { conditionalCreate: false }])(
  'with capabilities %o nothing is begun',
  async (has) => {
    capabilities = has;
    expect(await conditionalCreate()).toBeNull();
    expect(sent).toEqual([]);
  },
);

test.each(['NotAllowedError', 'InvalidStateError', 'UnknownError'])(
  'that the browser does not want to (%s) is no error, and it is asked once',
  async (name) => {
    create.mockRejectedValue(new DOMException('', name));
    expect(await conditionalCreate()).toBeNull();
    expect(create).toHaveBeenCalledTimes(1);
  },
);

test('that the server wants the person to confirm first is no error, and nobody is asked', async () => {
  const stepUp = { method: 'POST', path: '/api/authentication/options', body: {} };
  replies = [[403, { code: 'step_up_required', stepUp }]];
  expect(await conditionalCreate()).toBeNull();
  expect(get).not.toHaveBeenCalled();
  expect(create).not.toHaveBeenCalled();
});

/** The browser keeps it open, and ends it when told to. */
const waiting = ({ signal }: CredentialCreationOptions) =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason));
  });

test('it ends when it is stopped', async () => {
  create.mockImplementation(waiting);
  const stop = new AbortController();
  const made = conditionalCreate(stop.signal);
  await vi.waitFor(() => expect(create).toHaveBeenCalled());
  stop.abort();
  expect(await made).toBeNull();
});

test('stopped before the browser was asked, it does not ask', async () => {
  expect(await conditionalCreate(AbortSignal.abort())).toBeNull();
  expect(create).not.toHaveBeenCalled();
});

test('it makes room for a ceremony that the person begins', async () => {
  create.mockImplementation(waiting);
  get.mockResolvedValue({ toJSON: () => ({ id: 'Ag' }) });
  const made = conditionalCreate();
  await vi.waitFor(() => expect(create).toHaveBeenCalled());
  replies = [
    [200, { challenge: 'Ag' }],
    [200, { user: {} }],
  ];
  await signIn({ username: 'anna' });
  expect(await made).toBeNull();
});
