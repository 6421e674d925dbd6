import { z } from 'zod';
import type { Config } from '../config.ts';
import { type ErrorCode, problems } from '../errors.ts';
import { cookieName } from './cookies.ts';
import * as schemas from './schemas.ts';

/** One row an operation: what it takes, what it answers, and which codes it can refuse with. */
interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  readonly status: 200 | 201 | 204;
  readonly answer?: z.ZodType;
  readonly codes: readonly ErrorCode[];
}

const bodyCodes = ['invalid_request', 'payload_too_large', 'unsupported_media_type'] as const;
const write = ['cross_site_request', 'unavailable'] as const;
const owned = ['unauthenticated', 'unavailable'] as const;
const ceremony = [
  'challenge_invalid',
  'origin_mismatch',
  'verification_failed',
  'user_verification_required',
] as const;

/** What only the operator can mend. */
const refusedByOperator = ['authenticator_not_allowed', 'account_disabled'] as const;

export const operations: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/registration/options',
    summary: 'Creation options: opens an account, or adds a passkey to the one signed in',
    body: schemas.registrationOptionsBody,
    status: 200,
    answer: schemas.creationOptions,
    codes: [
      ...bodyCodes,
      ...write,
      'username_taken',
      'unauthenticated',
      'step_up_required',
      'credential_limit',
    ],
  },
  {
    method: 'post',
    path: '/api/registration/verify',
    summary: 'Completes a registration; signed in from here on',
    body: schemas.registrationResponse,
    status: 201,
    answer: schemas.registered,
    codes: [
      ...bodyCodes,
      ...write,
      ...ceremony,
      'authenticator_not_allowed',
      'unauthenticated',
      'username_taken',
      'credential_exists',
      'credential_limit',
    ],
  },
  {
    method: 'post',
    path: '/api/authentication/options',
    summary: 'Request options for a sign-in or a step-up',
    body: schemas.authenticationOptionsBody,
    status: 200,
    answer: schemas.requestOptions,
    codes: [...bodyCodes, ...write, 'unauthenticated'],
  },
  {
    method: 'post',
    path: '/api/authentication/verify',
    summary: 'Completes a sign-in or a step-up with a new session',
    body: schemas.authenticationResponse,
    status: 200,
    answer: schemas.authenticated,
    codes: [...bodyCodes, ...write, ...ceremony, 'credential_unknown', ...refusedByOperator],
  },
  {
    method: 'get',
    path: '/api/session',
    summary: 'Who is signed in, and since when',
    status: 200,
    answer: schemas.currentSession,
    codes: owned,
  },
  {
    method: 'delete',
    path: '/api/session',
    summary: 'Signs out',
    status: 204,
    codes: [...owned, ...write],
  },
  {
    method: 'patch',
    path: '/api/account',
    summary: 'Changes the user name or the display name',
    body: schemas.accountChange,
    status: 200,
    answer: schemas.accountChanged,
    codes: [...bodyCodes, ...owned, ...write, 'username_taken'],
  },
  {
    method: 'delete',
    path: '/api/account',
    summary: 'Deletes the account and everything of it',
    status: 200,
    answer: schemas.signalsOnly,
    codes: [...owned, ...write, 'step_up_required'],
  },
  {
    method: 'get',
    path: '/api/sessions',
    summary: 'The sessions of the account, latest first',
    status: 200,
    answer: schemas.sessionList,
    codes: owned,
  },
  {
    method: 'delete',
    path: '/api/sessions/{id}',
    summary: 'Ends a session',
    status: 204,
    codes: [...owned, ...write, 'not_found'],
  },
  {
    method: 'get',
    path: '/api/credentials',
    summary: 'The passkeys of the account, oldest first',
    status: 200,
    answer: schemas.credentialList,
    codes: owned,
  },
  {
    method: 'patch',
    path: '/api/credentials/{id}',
    summary: 'Renames a passkey',
    body: schemas.credentialChange,
    status: 200,
    answer: schemas.credential,
    codes: [...bodyCodes, ...owned, ...write, 'not_found'],
  },
  {
    method: 'delete',
    path: '/api/credentials/{id}',
    summary: 'Deletes a passkey and ends the sessions it opened elsewhere',
    status: 200,
    answer: schemas.signalsOnly,
    codes: [...owned, ...write, 'step_up_required', 'not_found', 'last_credential'],
  },
  {
    method: 'post',
    path: '/api/credentials/{id}/postpone-upgrade',
    summary: '"Not now" to the offer of a better passkey',
    status: 204,
    codes: [...owned, ...write, 'not_found'],
  },
  {
    method: 'get',
    path: '/api/activity',
    summary: 'What happened to the account, latest first',
    status: 200,
    answer: schemas.activityList,
    codes: owned,
  },
];

const componentOf = (id: string) => `#/components/schemas/${id}`;

/** The OpenAPI 3.1 document, from the very schemas that validate the requests. */
export function openApiDocument(config: Pick<Config, 'origin' | 'rpName' | 'secureCookies'>) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    paths[operation.path] ??= {};
    Object.assign(paths[operation.path] as object, { [operation.method]: describe(operation) });
  }
  return {
    openapi: '3.1.0',
    info: { title: `${config.rpName}: passkey API`, version: '1' },
    servers: [{ url: config.origin }],
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName(config, 'session'),
          description: 'Set by a completed ceremony.',
        },
      },
    },
  };
}

function components(): Record<string, unknown> {
  const { schemas: named } = z.toJSONSchema(z.globalRegistry, { uri: componentOf, io: 'input' });
  return Object.fromEntries(
    Object.entries(named).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}

function reference(schema: z.ZodType) {
  const { id } = z.globalRegistry.get(schema) ?? {};
  if (id === undefined) throw new TypeError('a schema of the contract has no name');
  return { schema: { $ref: componentOf(id) } };
}

function describe({ path, summary, body, status, answer, codes }: Operation) {
  const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return {
    summary,
    ...(codes.includes('unauthenticated') && { security: [{ session: [] }, {}] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { content: { 'application/json': reference(body) } } }),
    responses: {
      [status]: {
        description: 'Done',
        ...(answer && { content: { 'application/json': reference(answer) } }),
      },
      ...refusals([...codes, 'internal_error']),
    },
  };
}

function refusals(codes: readonly ErrorCode[]) {
  const byStatus = Map.groupBy(new Set(codes), (code) => problems[code].status);
  const rows = [...byStatus].map(([status, sharing]) => [
    status,
    {
      description: sharing.join(', '),
      content: { 'application/problem+json': reference(schemas.problem) },
    },
  ]);
  return Object.fromEntries(rows);
}
