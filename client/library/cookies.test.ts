import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { armAutofill } from './arm-autofill.ts';
import { keepsCookies } from './cookies.ts';
import { register } from './register.ts';
import { signIn } from './sign-in.ts';

const get = vi.fn();
const create = vi.fn();
const fetched = vi.fn();

/** How a browser treats cookies: the jar behind `document.cookie`, and what it says of itself. */
function browse(cookieEnabled: boolean, cookie: PropertyDescriptor) {
  vi.stubGlobal('navigator', { cookieEnabled, credentials: { get, create } });
  vi.stubGlobal('document', Object.defineProperty(new EventTarget(), 'cookie', cookie));
}

const blocked = { get: () => '', set: () => {} };
const forbidden = {
  get: () => {
    throw new DOMException('no', 'SecurityError');
  },
  set: () => {
    throw new DOMException('no', 'SecurityError');
  },
};

beforeEach(() => {
  for (const spy of [get, create, fetched]) spy.mockClear();
  vi.stubGlobal('fetch', fetched);
});
afterEach(() => void vi.unstubAllGlobals());

test('a browser that keeps cookies keeps none of this question', () => {
  const jar = new Map<string, string>();
  browse(true, {
    get: () => [...jar].map((pair) => pair.join('=')).join('; '),
    set: (line: string) => {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (line.includes('max-age=0')) jar.delete(name);
      else jar.set(name, value);
    },
  });
  expect(keepsCookies()).toBe(true);
  expect(jar.size).toBe(0);
});

test.each([
  ['says so', false, { value: 'latchkey-probe=1', writable: true }],
  ['drops them', true, blocked],
  ['forbids to ask', true, forbidden],
])(
  'a browser that blocks cookies and %s is not asked for a passkey',
  async (_, enabled, cookie) => {
    browse(enabled, cookie);
    await expect(signIn()).rejects.toMatchObject({ code: 'cookies_blocked' });
    await expect(register({ username: 'ann' })).rejects.toMatchObject({ code: 'cookies_blocked' });
    const onState = vi.fn();
    armAutofill({ onSignedIn: vi.fn(), onError: vi.fn(), onState });
    expect(onState.mock.calls).toEqual([['unsupported']]);
    for (const spy of [get, create, fetched]) expect(spy).not.toHaveBeenCalled();
  },
);
