import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { call } from './call.ts';
import { setPageOwner } from './page-owner.ts';
import { register } from './register.ts';
import { signIn } from './sign-in.ts';

/** Who each request says that it acts for, if anybody. */
let sent: string[];

const ann = { id: 'YW5u', username: 'ann', displayName: 'Ann' };

beforeEach(() => {
  sent = [];
  const api = {
    parseRequestOptionsFromJSON: (json: object) => json,
    parseCreationOptionsFromJSON: (json: object) => json,
  };
  vi.stubGlobal('PublicKeyCredential', api);
  const credential = { toJSON: () => ({ id: 'AQ' }) };
  const credentials = { get: async () => credential, create: async () => credential };
  vi.stubGlobal('navigator', { credentials });
  vi.stubGlobal('fetch', async (path: string, { method, headers }: RequestInit) => {
    const user = new Headers(headers).get('latchkey-user');
    sent.push(`${method} ${path.replace('/api/', '')} ${user ?? '-'}`);
    return Response.json({ user: ann, challenge: 'AQ' });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  setPageOwner(undefined);
});

test('calls of a page name the account that it shows, with and without a body', async () => {
  setPageOwner('Ym9i');
  await call('GET', '/api/credentials');
  await call('PATCH', '/api/account', { displayName: 'Bob' });
  await register();
  expect(sent).toEqual([
    'GET credentials Ym9i',
    'PATCH account Ym9i',
    'POST registration/options Ym9i',
    'POST registration/verify Ym9i',
  ]);
});

test('whoever signs in is somebody new, and what follows is theirs', async () => {
  setPageOwner('Ym9i');
  await signIn({ username: 'ann' });
  await register();
  expect(sent).toEqual([
    'POST authentication/options -',
    'POST authentication/verify -',
    'POST registration/options YW5u',
    'POST registration/verify YW5u',
  ]);
});

test('whoever signs up is somebody new, and what follows is theirs', async () => {
  setPageOwner('Ym9i');
  await register({ username: 'ann' });
  await call('GET', '/api/credentials');
  expect(sent).toEqual([
    'POST registration/options -',
    'POST registration/verify -',
    'GET credentials YW5u',
  ]);
});

test('a page of nobody names nobody', async () => {
  await call('GET', '/api/session');
  expect(sent).toEqual(['GET session -']);
});
