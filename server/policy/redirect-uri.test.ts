import { expect, it } from 'vitest';
import { redirectUriProblem } from './redirect-uri.ts';

it.each([
  'com.example.app:/callback',
  'com.example.app://callback',
  'com.example.app:/callback?from=latchkey',
  'https://app.example.com/callback',
  'http://127.0.0.1/callback',
  'http://127.0.0.1:49152/callback',
  'http://[::1]/callback',
])('%s is for a native app', (uri) => {
  expect(redirectUriProblem(uri, 'native')).toBeNull();
});

it.each([
  'myapp://callback',
  'myapp:/callback',
  'tel:112',
  'mailto:ada@example.com',
  'intent://scan/#Intent;scheme=zxing;end',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'urn:ietf:wg:oauth:2.0:oob',
  'http://localhost/callback',
  'http://localhost:8080/callback',
  'http://192.168.0.1/callback',
  'http://example.com/callback',
  'https://*.example.com/callback',
  'https://127.0.0.1/callback',
  'https://localhost/callback',
  'https://user@example.com/callback',
  'https://app.example.com/callback#part',
  'https://app.example.com\\@evil.example/',
  'com.example.app:/call back',
  '.example.app:/callback',
  'com..app:/callback',
  '/callback',
  '',
])('%s is not', (uri) => {
  expect(redirectUriProblem(uri, 'native')).toEqual(expect.any(String));
});

it.each([
  'com.example.app:/callback',
  'http://127.0.0.1/callback',
  'http://localhost:3001/callback',
])('%s is not for a web client', (uri) => {
  expect(redirectUriProblem(uri, 'web')).toEqual(expect.any(String));
  expect(redirectUriProblem('https://app.example.com/callback', 'web')).toBeNull();
});

it('a web client on this machine may be on http while everything is', () => {
  const develop = { plainHttp: true };
  expect(redirectUriProblem('http://localhost:3001/callback', 'web', develop)).toBeNull();
  expect(redirectUriProblem('http://127.0.0.1:3001/callback', 'web', develop)).toBeNull();
  expect(redirectUriProblem('http://app.example.com/', 'web', develop)).toEqual(expect.any(String));
  expect(redirectUriProblem('http://localhost/', 'native', develop)).toEqual(expect.any(String));
});
