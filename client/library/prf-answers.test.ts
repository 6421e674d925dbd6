import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hasAnswers, holdAnswers, onAnswers, takeAnswers } from './prf-answers.ts';

/** WebAuthn L3 §10.1.4: what a client may say, and what of it is an answer. */

const salts = { first: 'c2FsdCBvZiAzMiBieXRlcyBpbiB0aGlzIHRlc3QuLi4', second: 'bmV4dA' };
const output = (length = 32, byte = 7) => new Uint8Array(length).fill(byte);

const flags = (uv: boolean) => {
  const data = new Uint8Array(37);
  data[32] = uv ? 0b101 : 0b001;
  return btoa(String.fromCharCode(...data))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
};

interface Given {
  prf?: unknown;
  salts?: object | null;
  userVerified?: boolean;
  rpId?: string;
}

async function answer({ prf, salts: asked = { first: salts.first }, ...given }: Given) {
  const { userVerified = true, rpId = 'example.com' } = given;
  const options = { challenge: '', rpId, ...(asked && { extensions: { prf: { eval: asked } } }) };
  const credential = { getClientExtensionResults: () => (prf === undefined ? {} : { prf }) };
  const response = { id: 'AQ', response: { authenticatorData: flags(userVerified) } };
  await holdAnswers(options as never, credential as never, response as never, 'YW5u');
  return takeAnswers();
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  takeAnswers();
  vi.useRealTimers();
});

describe('an answer', () => {
  test.each([
    ['an ArrayBuffer', output().buffer],
    ['a view', output()],
    ['a view of larger items', new Uint32Array(8)],
    ['text, as stand-ins give it', 'BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc'],
  ])('of 32 bytes is taken: %s', async (_what, first) => {
    const [held] = await answer({ prf: { results: { first } } });
    expect(held).toMatchObject({ account: 'YW5u', outcome: 'answered' });
    expect(held?.evaluations).toEqual([
      { rpId: 'example.com', credentialId: 'AQ', salt: salts.first, output: expect.anything() },
    ]);
    expect(held?.evaluations[0]?.output).toMatchObject({ extractable: false, type: 'secret' });
  });

  test('comes with another one while the salt is changed', async () => {
    const results = { first: output(), second: output(32, 8) };
    const [held] = await answer({ prf: { results }, salts });
    expect(held?.evaluations.map(({ salt }) => salt)).toEqual([salts.first, salts.second]);
  });

  test('to a salt that was not asked for is none', async () => {
    const [held] = await answer({ prf: { results: { first: output(), second: output() } } });
    expect(held?.evaluations).toHaveLength(1);
  });

  test.each([
    ['none', undefined],
    ['none', {}],
    ['none', { enabled: false }],
    ['later', { enabled: true }],
    ['later', { enabled: true, results: {} }],
    ['malformed', { results: { first: output(31) } }],
    ['malformed', { results: { first: output(64) } }],
    ['malformed', { results: { first: new ArrayBuffer(0) } }],
  ] as const)('is %s after %o', async (outcome, prf) => {
    const [held] = await answer({ prf });
    expect(held).toMatchObject({ outcome, evaluations: [] });
  });

  test('is not taken from a response without user verification', async () => {
    const [held] = await answer({ prf: { results: { first: output() } }, userVerified: false });
    expect(held).toMatchObject({ outcome: 'unverified', evaluations: [] });
  });

  test('is nobody’s if nobody asked', async () => {
    expect(await answer({ prf: { results: { first: output() } }, salts: null })).toEqual([]);
  });

  test('that can’t be read fails nothing', async () => {
    const credential = {
      getClientExtensionResults() {
        throw new TypeError('Illegal invocation');
      },
    };
    const options = { extensions: { prf: { eval: salts } } };
    await holdAnswers(options as never, credential as never, { response: {} } as never, 'YW5u');
    expect(takeAnswers()).toEqual([]);
  });
});

test('answers are taken once, and are gone after a minute', async () => {
  const prf = { results: { first: output() } };
  expect(await answer({ prf })).toHaveLength(1);
  expect(takeAnswers()).toEqual([]);
  const heard = vi.fn();
  onAnswers(heard);
  const credential = { getClientExtensionResults: () => ({ prf }) };
  const options = { rpId: 'example.com', extensions: { prf: { eval: salts } } };
  const response = { id: 'AQ', response: { authenticatorData: flags(true) } };
  await holdAnswers(options as never, credential as never, response as never, 'YW5u');
  expect(heard).toHaveBeenCalledTimes(1);
  expect(hasAnswers()).toBe(true);
  vi.advanceTimersByTime(60_001);
  expect(hasAnswers()).toBe(false);
  expect(takeAnswers()).toEqual([]);
});
