import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { loadConfig } from '../../config.ts';
import { securityHeaders } from './security-headers.ts';

function headersFor(env: Record<string, string>): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  const response = {
    setHeader: (name: string, value: string) => void headers.set(name.toLowerCase(), value),
  };
  securityHeaders(loadConfig(env))(response as unknown as ServerResponse);
  return headers;
}

it.each([
  [undefined, 'max-age=31536000'],
  ['on', 'max-age=31536000'],
  ['subdomains', 'max-age=31536000; includeSubDomains'],
  ['off', undefined],
])('HSTS=%s tells browsers %s', (HSTS = '', told) => {
  const headers = headersFor({ ORIGIN: 'https://example.com', HSTS });
  expect(headers.get('strict-transport-security')).toBe(told);
});

it('HSTS says nothing over http', () => {
  expect(headersFor({ HSTS: 'subdomains' }).has('strict-transport-security')).toBe(false);
});
