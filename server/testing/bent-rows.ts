/** Changes to a response that both ceremonies must refuse, and the expected codes. */
import { expect } from 'vitest';
import { type ErrorCode, problems } from '../errors.ts';
import type { CreateBend, GetBend } from './bend.ts';
import type { Answer } from './browser.ts';

export function expectRefusal(answer: Answer, code: ErrorCode): void {
  expect(answer.body).toMatchObject({ code, status: problems[code].status });
  expect(answer.status).toBe(problems[code].status);
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers.getSetCookie().filter((line) => line.includes('session'))).toEqual([]);
}

/** Client data with other members. */
export const clientData = (members: Record<string, unknown>) => ({
  clientData: (original: Record<string, unknown>) => ({ ...original, ...members }),
});
const raw = (value: unknown) => ({ clientData: () => value });
/** Replaces a member of the JSON response; the path is `outer` or `outer.inner`. */
export const change = (path: string, value: unknown) => ({
  // biome-ignore lint/suspicious/noExplicitAny: the answer is bent into any shape
  response: (json: any) => {
    const [outer, inner] = path.split('.') as [string, string?];
    if (inner === undefined) json[outer] = value;
    else json[outer][inner] = value;
    return json;
  },
});
export const append = (bytes: Uint8Array) => new Uint8Array([...bytes, 0]);
const cut = (bytes: Uint8Array) => bytes.slice(0, 36);
const otherRp = new Uint8Array(32).fill(7);
const prf = change('clientExtensionResults', { prf: { results: { first: 'c2VjcmV0' } } });

/** Title, change, and expected code. */
export const common: [string, CreateBend & GetBend, ErrorCode][] = [
  [
    '§7.1.5 client data that is not UTF-8',
    raw(new Uint8Array([0x7b, 0xff, 0x7d])),
    'invalid_request',
  ],
  ['§7.1.6 client data that is not JSON', raw('{"type":'), 'invalid_request'],
  ['§7.1.6 client data null', raw('null'), 'invalid_request'],
  ['§7.1.6 client data an array', raw('[]'), 'invalid_request'],
  ['§7.1.6 client data a number', raw('7'), 'invalid_request'],
  [
    '§7.1.6 client data without a challenge',
    clientData({ challenge: undefined }),
    'invalid_request',
  ],
  ['§7.1.6 a challenge that is a number', clientData({ challenge: 7 }), 'invalid_request'],
  ['§7.1.7 no such type', clientData({ type: 'payment.get' }), 'verification_failed'],
  ['§7.1.8 an empty challenge', clientData({ challenge: '' }), 'challenge_invalid'],
  ['§7.1.8 a made-up challenge', clientData({ challenge: 'A'.repeat(64) }), 'challenge_invalid'],
  [
    '§7.1.8 a challenge with one bit changed',
    {
      clientData: (original) => {
        const challenge = String(original.challenge);
        const last = challenge.at(30) === 'A' ? 'B' : 'A';
        return { ...original, challenge: challenge.slice(0, 30) + last + challenge.slice(31) };
      },
    },
    'challenge_invalid',
  ],
  [
    '§7.1.8 the challenge with padding',
    { clientData: (original) => ({ ...original, challenge: `${original.challenge}=` }) },
    'challenge_invalid',
  ],
  ['§7.1.9 another site', clientData({ origin: 'https://evil.example' }), 'origin_mismatch'],
  ['§7.1.9 the opaque origin', clientData({ origin: 'null' }), 'origin_mismatch'],
  ['§7.1.9 another scheme', clientData({ origin: 'https://localhost' }), 'origin_mismatch'],
  [
    '§7.1.9 a trailing slash',
    { clientData: (original) => ({ ...original, origin: `${original.origin}/` }) },
    'origin_mismatch',
  ],
  [
    '§7.1.9 a sub-domain',
    {
      clientData: (original) => ({
        ...original,
        origin: String(original.origin).replace('localhost', 'evil.localhost'),
      }),
    },
    'origin_mismatch',
  ],
  ['§7.1.10 an embedded page', clientData({ crossOrigin: true }), 'verification_failed'],
  ['§7.1.10 crossOrigin as text', clientData({ crossOrigin: 'true' }), 'invalid_request'],
  [
    '§7.1.11 a top origin',
    clientData({ topOrigin: 'https://evil.example' }),
    'verification_failed',
  ],
  [
    '§7.1.11 a top origin of an embedded page',
    clientData({ crossOrigin: true, topOrigin: 'https://evil.example' }),
    'verification_failed',
  ],
  [
    'RFC 8259 §4 the origin twice',
    {
      clientData: (original) =>
        JSON.stringify(original).replace('{', '{"origin":"https://evil.example",'),
    },
    'invalid_request',
  ],
  ['§7.1.14 another RP ID', { rpIdHash: otherRp }, 'verification_failed'],
  ['§7.1.15 nobody present', { flags: { up: false } }, 'verification_failed'],
  ['§7.1.16 nobody verified', { flags: { uv: false } }, 'user_verification_required'],
  ['§7.1.17 backed up, not eligible', { flags: { be: false, bs: true } }, 'verification_failed'],
  ['§6.1 extensions announced, none there', { flags: { ed: true } }, 'verification_failed'],
  ['§6.1 bytes after the authenticator data', { authData: append }, 'verification_failed'],
  ['§6.1 authenticator data cut short', { authData: cut }, 'verification_failed'],
  ['PRF results in the body', prf, 'invalid_request'],
  ['rawId that is not id', change('rawId', 'AAAA'), 'invalid_request'],
  ['id with padding', change('id', 'AAAA=='), 'invalid_request'],
  ['id with stray bits', change('id', 'AB'), 'invalid_request'],
  ['id that is empty', change('id', ''), 'invalid_request'],
  ['another credential type', change('type', 'password'), 'invalid_request'],
  ['extension results that are a text', change('clientExtensionResults', 'x'), 'invalid_request'],
  ['no response', change('response', undefined), 'invalid_request'],
  ['client data with padding', change('response.clientDataJSON', 'e30='), 'invalid_request'],
  ['client data that is no text', change('response.clientDataJSON', 7), 'invalid_request'],
];
