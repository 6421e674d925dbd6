import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { AutofillState } from './arm-autofill.ts';

/**
 * Autofill against a browser made of paper: what is asked of `navigator.credentials` is kept in a
 * list and answered by the test, and so is what is sent.
 */

interface Asked {
  mediation?: string;
  challenge: string;
  answer(credential: object): void;
  refuse(name: string): void;
}

const LIFE_MS = 100_000;
let asked: Asked[];
let sent: string[];
let verdict: () => Response | Promise<Response>;
let online: boolean;
let page: EventTarget & { hidden: boolean };

const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
const credential = { toJSON: () => ({ id: 'AQ' }) };
const last = () => asked.at(-1) as Asked;

async function browse() {
  vi.resetModules();
  const { armAutofill } = await import('./arm-autofill.ts');
  const { signIn } = await import('./sign-in.ts');
  const states: AutofillState[] = [];
  const onSignedIn = vi.fn();
  const onError = vi.fn();
  const disarm = armAutofill({
    options: { challenge: 'embedded', timeout: LIFE_MS },
    onSignedIn,
    onError,
    onState: (state) => states.push(state),
  });
  await vi.advanceTimersByTimeAsync(0);
  return { disarm, onSignedIn, onError, signIn, states };
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  sent = [];
  online = true;
  verdict = () => json({ user: {}, upgrade: null });
  page = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
  vi.spyOn(performance, 'timeOrigin', 'get').mockReturnValue(Date.now());
  const api = Object.assign(() => {}, {
    isConditionalMediationAvailable: async () => true,
    parseRequestOptionsFromJSON: (options: object) => options,
  });
  vi.stubGlobal('PublicKeyCredential', api);
  const get = ({ mediation, publicKey, signal }: CredentialRequestOptions) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      const { challenge } = publicKey as unknown as { challenge: string };
      const refuse = (name: string) => reject(new DOMException('no', name));
      asked.push({ ...(mediation && { mediation }), challenge, answer: resolve, refuse });
    });
  vi.stubGlobal('navigator', { credentials: { get } });
  vi.stubGlobal('fetch', async (path: string) => {
    sent.push(path.replace('/api/authentication/', ''));
    if (!online) throw new TypeError('offline');
    if (path.endsWith('verify')) return verdict();
    return json({ challenge: `fetched ${sent.length}`, timeout: LIFE_MS });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('is armed from the options of the page, without a request', async () => {
  const { states } = await browse();
  expect(asked).toMatchObject([{ mediation: 'conditional', challenge: 'embedded' }]);
  expect(sent).toEqual([]);
  expect(states).toEqual(['armed']);
});

test('a passkey that is chosen signs in', async () => {
  const { disarm, onSignedIn, onError, states } = await browse();
  onSignedIn.mockImplementation(disarm);
  last().answer(credential);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual(['verify']);
  expect(onSignedIn).toHaveBeenCalledTimes(1);
  expect(onError).not.toHaveBeenCalled();
  expect(states).toEqual(['armed', 'checking', 'idle']);
});

test('makes room for a modal call, which uses the same options, and arms again when it is closed', async () => {
  const { onError, signIn, states } = await browse();
  const closed = expect(signIn()).rejects.toMatchObject({ name: 'NotAllowedError' });
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.map(({ mediation }) => mediation)).toEqual(['conditional', undefined]);
  expect(last().challenge).toBe('embedded');
  last().refuse('NotAllowedError');
  await closed;
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(3);
  expect(last()).toMatchObject({ mediation: 'conditional', challenge: 'embedded' });
  expect(states).toEqual(['armed', 'idle', 'armed']);
  expect(onError).not.toHaveBeenCalled();
});

test('replaces options that have gone stale, without a gap', async () => {
  const { states } = await browse();
  await vi.advanceTimersByTimeAsync(LIFE_MS * 0.8);
  expect(asked.map(({ challenge }) => challenge)).toEqual(['embedded', 'fetched 1']);
  expect(states).toEqual(['armed', 'armed']);
});

test('a page that nobody sees asks for nothing, and is armed afresh when it is seen', async () => {
  await browse();
  page.hidden = true;
  await vi.advanceTimersByTimeAsync(LIFE_MS * 100);
  expect(sent).toEqual([]);
  page.hidden = false;
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toEqual(['options']);
  expect(last()).toMatchObject({ mediation: 'conditional', challenge: 'fetched 1' });
});

test('without a connection what is armed stays armed, and new options are asked for later', async () => {
  const { onError, states } = await browse();
  online = false;
  await vi.advanceTimersByTimeAsync(LIFE_MS * 0.8 + 100);
  expect(sent).toEqual(['options']);
  expect(states).toEqual(['armed']);
  online = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(last().challenge).toBe('fetched 2');
  expect(onError).not.toHaveBeenCalled();
});

test('a challenge that was no longer good is told, and replaced after a moment', async () => {
  const { onError } = await browse();
  verdict = () => json({ code: 'challenge_invalid' }, 400);
  last().answer(credential);
  await vi.advanceTimersByTimeAsync(0);
  expect(onError).toHaveBeenCalledWith(expect.objectContaining({ code: 'challenge_invalid' }));
  await vi.advanceTimersByTimeAsync(250);
  expect(sent).toEqual(['verify', 'options']);
  expect(last()).toMatchObject({ mediation: 'conditional', challenge: 'fetched 2' });
});

test.each([
  ['challenge_invalid', 0],
  ['credential_unknown', 0],
  ['verification_failed', 3_000],
] as const)(
  'an authenticator that answers at once is not asked in a loop while the server says %s, after %i ms',
  async (code, slowMs) => {
    const { onError } = await browse();
    verdict = async () => {
      await new Promise((resolve) => setTimeout(resolve, slowMs));
      return json({ code }, 400);
    };
    for (let second = 0; second < 120; second++) {
      last().answer(credential);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(asked.length).toBeLessThan(14);
    expect(onError.mock.calls.length).toBeGreaterThanOrEqual(asked.length - 1);
  },
);

test('a page that stays open after a sign-in signs in once', async () => {
  const { onSignedIn, states } = await browse();
  last().answer(credential);
  await vi.advanceTimersByTimeAsync(LIFE_MS * 10);
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(onSignedIn).toHaveBeenCalledTimes(1);
  expect(asked).toHaveLength(1);
  expect(states).toEqual(['armed', 'checking', 'idle']);
});

test('a page that stays open after a sign-in with the button is not armed again', async () => {
  const { signIn, states } = await browse();
  const signedIn = signIn();
  await vi.advanceTimersByTimeAsync(0);
  last().answer(credential);
  await signedIn;
  await vi.advanceTimersByTimeAsync(LIFE_MS * 10);
  expect(asked.map(({ mediation }) => mediation)).toEqual(['conditional', undefined]);
  expect(states.at(-1)).toBe('idle');
});

test('a browser that refuses at once is asked less and less often', async () => {
  const { onError } = await browse();
  for (let second = 0; second < 120; second++) {
    last().refuse('NotAllowedError');
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(asked.length).toBeLessThan(14);
  expect(onError).not.toHaveBeenCalled();
});

test('where autofill is missing the options are kept fresh for the button', async () => {
  Object.assign(PublicKeyCredential, { isConditionalMediationAvailable: undefined });
  const { signIn, states } = await browse();
  await vi.advanceTimersByTimeAsync(LIFE_MS * 0.8);
  expect(states).toEqual(['unsupported', 'unsupported']);
  const signedIn = signIn();
  await vi.advanceTimersByTimeAsync(0);
  expect(last()).toMatchObject({ challenge: 'fetched 1' });
  last().answer(credential);
  await signedIn;
});

test('disarmed, it stays so', async () => {
  const { disarm, states } = await browse();
  disarm();
  await vi.advanceTimersByTimeAsync(LIFE_MS);
  page.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
  expect(sent).toEqual([]);
  expect(states).toEqual(['armed', 'idle']);
});
