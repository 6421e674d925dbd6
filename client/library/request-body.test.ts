import { expect, test } from 'vitest';
import { requestBody } from './request-body.ts';

const secret = { first: 'c2VjcmV0', second: 'c2VjcmV0' };

test('PRF results are left out, the rest of a response is not', () => {
  const response = {
    id: 'AQ',
    clientExtensionResults: { credProps: { rk: true }, prf: { enabled: true, results: secret } },
  };
  expect(JSON.parse(requestBody(response))).toEqual({
    id: 'AQ',
    clientExtensionResults: { credProps: { rk: true }, prf: { enabled: true } },
  });
});

test('PRF results are left out at any depth', () => {
  const body = requestBody({ wrapped: [{ clientExtensionResults: { prf: { results: secret } } }] });
  expect(body).toBe('{"wrapped":[{"clientExtensionResults":{"prf":{}}}]}');
});

test('PRF results of an object that turns itself into JSON are left out', () => {
  const credential = { toJSON: () => ({ prf: { results: secret } }) };
  expect(requestBody(credential)).toBe('{"prf":{}}');
});

test('a body without PRF is sent as it is', () => {
  expect(requestBody({ prf: true, username: 'anna' })).toBe('{"prf":true,"username":"anna"}');
});
