import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { everyEndpoint } from '../http/endpoints.ts';
import { openApiDocument } from '../http/openapi.ts';
import { documented } from './documented.ts';

const config = loadConfig({});
const check = documented(openApiDocument(config, everyEndpoint(config)));

const json = 'application/json; charset=utf-8';
const problemJson = 'application/problem+json; charset=utf-8';
const user = { id: 'AAAA', username: 'ann', displayName: 'Ann' };
const at = '2026-03-01T09:30:00.000Z';
const session = {
  ...{ id: 'x', createdAt: at, authenticatedAt: at },
  ...{ userVerified: true, method: 'passkey' },
};
const problem = (code: string, status: number) => ({
  type: 'about:blank',
  title: '',
  status,
  code,
});

type Answered = readonly [
  method: string,
  path: string,
  status: number,
  type: string,
  body: unknown,
];

function answered(...[method, path, status, type, body]: Answered) {
  return () =>
    check(method, path, { status, headers: new Headers({ 'content-type': type }), body });
}

describe('an answer that the document declares', () => {
  it.each<Answered>([
    ['GET', '/api/session', 200, json, { user, session }],
    ['GET', '/api/session?x', 200, json, { user, session }],
    ['GET', '/api/session', 401, problemJson, problem('unauthenticated', 401)],
    ['GET', '/nothing', 404, problemJson, problem('not_found', 404)],
    ['GET', '/sign-in', 200, 'text/html', '<!doctype html>'],
  ])('is let through: %s %s %i', (...answer) => {
    expect(answered(...answer)).not.toThrow();
  });
});

describe('an answer fails the test that got it if', () => {
  it.each<[why: string, Answered]>([
    ['its status is not declared', ['GET', '/api/session', 202, json, { user, session }]],
    ['its media type is another', ['GET', '/api/session', 200, 'text/plain', 'ann']],
    ['a member is missing', ['GET', '/api/session', 200, json, { user }]],
    ['a member is of another form', ['GET', '/api/session', 200, json, { user, session: 'x' }]],
    ['a member is not declared', ['GET', '/api/session', 200, json, { user, session, more: 1 }]],
    [
      'a member deep inside is not declared',
      ['GET', '/api/session', 200, json, { user: { ...user, secret: 1 }, session }],
    ],
    [
      'its code is not one of the operation',
      ['GET', '/api/session', 401, problemJson, problem('internal_error', 401)],
    ],
    [
      'its code has another status',
      ['PATCH', '/api/account', 409, problemJson, problem('credential_limit', 409)],
    ],
    ['its operation is not declared', ['GET', '/api/secrets', 200, json, {}]],
    ['its method is not declared', ['PUT', '/api/session', 200, json, { user, session }]],
  ])('%s', (_why, answer) => {
    expect(answered(...answer)).toThrow();
  });
});
