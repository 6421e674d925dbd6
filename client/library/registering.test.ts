import { afterEach, beforeEach, expect, test, vi } from 'vitest';

/**
 * Two tabs of one browser: each has its own copy of the library, both see the same locks. What the
 * server answers to each comes when the test says so.
 */

interface Lock {
  name: string;
  ended: Promise<unknown>;
}

let locks: Lock[];
let answers: Map<string, (status: number, body: object) => void>;
const accepted = vi.fn(async (_: AllAcceptedCredentialsOptions) => {});
const details = vi.fn(async () => {});
const unknown = vi.fn(async () => {});

const lockManager = {
  request: async (name: string, run: () => Promise<unknown>) => {
    const lock = { name, ended: run() };
    locks.push(lock);
    await lock.ended;
    locks = locks.filter((each) => each !== lock);
  },
  query: async () => ({ held: locks.map(({ name }) => ({ name })) }),
};

async function openTab() {
  vi.resetModules();
  const [{ createCredential }, { signIn }] = await Promise.all([
    import('./create-credential.ts'),
    import('./sign-in.ts'),
  ]);
  return { createCredential, signIn };
}

const options: PublicKeyCredentialCreationOptionsJSON = {
  rp: { id: 'example.com', name: 'Example' },
  user: { id: 'dXNlcg', name: 'ann', displayName: 'Ann' },
  challenge: 'AQ',
  pubKeyCredParams: [],
};
const signals = {
  allAcceptedCredentials: {
    rpId: 'example.com',
    userId: 'dXNlcg',
    allAcceptedCredentialIds: ['b2xk'],
  },
  currentUserDetails: { rpId: 'example.com', userId: 'dXNlcg', name: 'ann', displayName: 'Ann' },
};
const registered = { user: {}, credential: {}, superseded: null, signals };

const answer = async (path: string, status: number, body: object) => {
  await vi.waitFor(() => expect(answers.has(path)).toBe(true));
  answers.get(path)?.(status, body);
  answers.delete(path);
};

beforeEach(() => {
  locks = [];
  answers = new Map();
  for (const spy of [accepted, details, unknown]) spy.mockClear();
  const credential = { toJSON: () => ({ id: 'bmV3' }) };
  vi.stubGlobal('navigator', {
    locks: lockManager,
    credentials: { create: async () => credential, get: async () => credential },
  });
  vi.stubGlobal('PublicKeyCredential', {
    parseCreationOptionsFromJSON: (json: object) => json,
    parseRequestOptionsFromJSON: (json: object) => json,
    signalAllAcceptedCredentials: accepted,
    signalCurrentUserDetails: details,
    signalUnknownCredential: unknown,
  });
  vi.stubGlobal('fetch', (path: string) => {
    const key = path.replace('/api/', '');
    if (key === 'authentication/options')
      return Promise.resolve(Response.json({ challenge: 'Ag' }));
    return new Promise((resolve) => {
      answers.set(key, (status, body) => resolve(Response.json(body, { status })));
    });
  });
});
afterEach(() => void vi.unstubAllGlobals());

const unknownHere = { code: 'credential_unknown', rpId: 'example.com', credentialId: 'bmV3' };

test('a passkey that the server is about to store is not called unknown by another tab', async () => {
  const [first, second] = [await openTab(), await openTab()];
  const registration = first.createCredential(options);
  await vi.waitFor(() => expect(answers.size).toBe(1));
  const signIn = expect(second.signIn({ username: 'ann' })).rejects.toMatchObject({
    code: 'credential_unknown',
  });
  await answer('authentication/verify', 404, unknownHere);
  await signIn;
  expect(unknown).not.toHaveBeenCalled();
  await answer('registration/verify', 201, registered);
  await registration;
  expect(accepted).toHaveBeenCalledTimes(1);
});

test('nor if the registration ends between the question and its answer', async () => {
  const [first, second] = [await openTab(), await openTab()];
  const registration = first.createCredential(options);
  await vi.waitFor(() => expect(answers.size).toBe(1));
  const signIn = expect(second.signIn({ username: 'ann' })).rejects.toMatchObject({
    code: 'credential_unknown',
  });
  await vi.waitFor(() => expect(answers.size).toBe(2));
  await answer('registration/verify', 201, registered);
  await registration;
  await answer('authentication/verify', 404, unknownHere);
  await signIn;
  expect(unknown).not.toHaveBeenCalled();
});

test('a list of passkeys without the new one is not passed on by another tab, names are', async () => {
  const [first, second] = [await openTab(), await openTab()];
  const registration = first.createCredential(options);
  await vi.waitFor(() => expect(answers.size).toBe(1));
  const signIn = second.signIn({ username: 'ann' });
  await answer('authentication/verify', 200, { user: {}, signals });
  await signIn;
  expect(accepted).not.toHaveBeenCalled();
  expect(details).toHaveBeenCalledTimes(1);
  await answer('registration/verify', 201, registered);
  await registration;
});

test('once no registration is under way, another tab passes everything on', async () => {
  const [first, second] = [await openTab(), await openTab()];
  const registration = first.createCredential(options);
  await answer('registration/verify', 201, registered);
  await registration;
  expect(locks).toEqual([]);
  const signIn = expect(second.signIn({ username: 'ann' })).rejects.toThrow();
  await answer('authentication/verify', 404, unknownHere);
  await signIn;
  expect(unknown).toHaveBeenCalledTimes(1);
});

test('a prompt that was closed leaves no lock behind', async () => {
  const { createCredential } = await openTab();
  const closed = new DOMException('closed', 'NotAllowedError');
  Object.assign(navigator.credentials, { create: () => Promise.reject(closed) });
  vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(10_000);
  await expect(createCredential(options)).rejects.toBe(closed);
  await vi.waitFor(() => expect(locks).toEqual([]));
});

test('a browser without locks still keeps its own tab from it', async () => {
  Object.assign(navigator, { locks: undefined });
  const { createCredential, signIn } = await openTab();
  const registration = createCredential(options);
  await vi.waitFor(() => expect(answers.size).toBe(1));
  const signedIn = expect(signIn({ username: 'ann' })).rejects.toThrow();
  await answer('authentication/verify', 404, unknownHere);
  await signedIn;
  expect(unknown).not.toHaveBeenCalled();
  await answer('registration/verify', 201, registered);
  await registration;
});
