/**
 * The OpenAPI 3.1 document, written from the rows that the routes are mounted from and from the very schemas that
 * judge the requests.
 */
import { z } from 'zod';
import type { Config } from '../config.ts';
import { type ErrorCode, problems } from '../errors.ts';
import { userHeader } from './caller.ts';
import { cookieName } from './cookies.ts';
import { type Answers, codesOf, type Endpoint, endpoint } from './endpoint.ts';
import { ok, type Reply } from './reply.ts';
import { problem } from './schemas/problem.ts';

type Described = Pick<Config, 'origin' | 'rpName' | 'secureCookies'>;
type Json = Readonly<Record<string, unknown>>;

/** @param rowsFor all rows under a configuration, this one included */
export function documentEndpoint(rowsFor: (config: Config) => readonly Endpoint[]): Endpoint {
  let document: string | undefined;
  return endpoint({
    id: 'openApiDocument',
    method: 'get',
    path: '/openapi.json',
    summary: 'This document',
    who: 'anyone',
    answer: { 200: 'application/json' },
    codes: [],
    handle: ({ config }) => {
      document ??= JSON.stringify(openApiDocument(config, rowsFor(config)));
      return ok(document);
    },
  });
}

export function openApiDocument(config: Described, rows: readonly Endpoint[]) {
  const documented = rows.filter(({ page }) => !page);
  const paths: Record<string, Record<string, Json>> = {};
  for (const row of documented) {
    paths[row.path] = { ...paths[row.path], [row.method]: describe(row) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: `${config.rpName}: passkey API`,
      version: '1',
      description:
        'WebAuthn objects are the JSON types of the specification. A ceremony is an options call and a verify ' +
        'call by the same browser: the first sets the cookie that the second needs.',
      // As npm says it of a package that grants no licence.
      license: { name: 'UNLICENSED', identifier: 'LicenseRef-UNLICENSED' },
    },
    // For a reader on another machine `localhost` would be the wrong one.
    servers: [{ url: isLocal(config.origin) ? '/' : config.origin }],
    tags: [...new Set(documented.map(tagOf))].map((name) => ({ name, description: tags[name] })),
    paths,
    components: {
      schemas: componentsOf(paths),
      parameters: { [userHeader]: userParameter },
      responses: { HeadersTooLarge: headersTooLarge },
      headers: {
        'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
      },
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName(config, 'session'),
          description: 'Set by a completed ceremony.',
        },
        operatorKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'A key that `npm run admin -- keys create` shows once.',
        },
      },
    },
  };
}

const userParameter = {
  name: 'Latchkey-User',
  in: 'header',
  description:
    'The user handle of the account that the caller believes to be signed in. If another one is, the call is ' +
    'refused with `account_changed` before anything is done.',
  schema: { $ref: '#/components/schemas/UserHandle' },
};

function isLocal(origin: string): boolean {
  return origin.startsWith('http:');
}

/** Answered before a request is whole, so it may come from any path. */
const headersTooLarge = {
  description: 'The headers are too large: mostly the cookies of a domain above this one.',
  content: { 'text/html': {} },
};

/** What a resource is, by the name that its paths have. */
const tags: Readonly<Record<string, string>> = {
  registration: 'Making a passkey, for a new account or for the one signed in.',
  authentication: 'Signing in with a passkey, and confirming who it is.',
  session: 'The session of the caller.',
  account: 'The names of the account, and its end.',
  sessions: 'Everywhere that the account is signed in.',
  credentials: 'The passkeys of the account.',
  activity: 'What happened to the account.',
  interactions: 'What a browser finishes here for an app that asked the OpenID provider.',
  'forward-auth': 'Whom a proxy may let in at the sites behind it.',
  apple: 'Sign in with Apple: the link of an account, sign-in, and what Apple tells of people.',
  recovery: 'Ways back into an account without a passkey.',
  enrolment: 'The link by which an operator lets somebody add a passkey.',
  invitation: 'The link by which an operator lets somebody open an account.',
  vault: 'Data that only its owner’s passkeys open.',
  'well-known': 'What browsers and password managers look up.',
  providers: 'Those who make and keep passkeys.',
  operator: 'The operators’ API: for other back ends, with an operator key.',
  operations: 'For operators and tools.',
};

/** The resource that a path names. */
function tagOf({ path }: Endpoint): string {
  return /^\/(?:api\/([\w-]+)|\.?([\w-]+)\/)/.exec(path)?.slice(1).find(Boolean) ?? 'operations';
}

function describe(row: Endpoint): Json {
  const { id, summary, description, path, who, body, encoding } = row;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const parameters = [
    ...inPath,
    ...queryParameters(row),
    ...(who === 'anyone' || who === 'operator'
      ? []
      : [{ $ref: `#/components/parameters/${userHeader}` }]),
  ];
  const mediaType = encoding === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    operationId: id,
    tags: [tagOf(row)],
    summary,
    ...(description !== undefined && { description }),
    security: who === 'operator' ? [{ operatorKey: [row.scope] }] : security[who],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: { [mediaType]: content(body) } } }),
    responses: {
      ...answers(row.answer),
      ...refusals(codesOf(row)),
      431: { $ref: '#/components/responses/HeadersTooLarge' },
    },
  };
}

function queryParameters({ query }: Endpoint): Json[] {
  if (query === undefined) return [];
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }));
}

const security = {
  anyone: [],
  visitor: [{}, { session: [] }],
  owner: [{ session: [] }],
} as const satisfies Record<Exclude<Endpoint['who'], 'operator'>, unknown>;

function answers(declared: Answers): Json {
  const entries = Object.entries(declared).map(([status, answer]) => [
    status,
    { description: descriptions[status as unknown as Reply['status']], ...bodyOf(answer) },
  ]);
  return Object.fromEntries(entries);
}

const descriptions: Readonly<Record<Reply['status'], string>> = {
  200: 'Done',
  201: 'Made',
  202: 'Accepted',
  204: 'Done',
  303: 'Go on at `Location`',
};

function bodyOf(answer: z.ZodType | string | null): Json {
  if (answer === null) return {};
  if (typeof answer !== 'string') return { content: { 'application/json': content(answer) } };
  return { content: { [answer]: {} } };
}

function refusals(codes: ReadonlySet<ErrorCode>): Json {
  const byStatus = Map.groupBy(codes, (code) => problems[code].status);
  const rows = [...byStatus].map(([status, sharing]) => [
    status,
    {
      description: sharing.map((code) => `\`${code}\``).join(', '),
      ...(status === 429 && {
        headers: { 'Retry-After': { $ref: '#/components/headers/Retry-After' } },
      }),
      content: {
        'application/problem+json': {
          schema: {
            allOf: [reference(problem), { properties: { code: { enum: sharing } } }],
          },
        },
      },
    },
  ]);
  return Object.fromEntries(rows);
}

function content(schema: z.ZodType): Json {
  return { schema: reference(schema) };
}

const componentOf = (id: string) => `#/components/schemas/${id}`;

function reference(schema: z.ZodType): Json {
  const { id } = z.globalRegistry.get(schema) ?? {};
  if (id === undefined) throw new TypeError('a schema of the contract has no name');
  return { $ref: componentOf(id) };
}

/** The schemas that these refer to, and those that they refer to in turn. */
function componentsOf(paths: Json): Record<string, Json> {
  const all = namedSchemas();
  const used: Record<string, Json> = {};
  const visit = (part: unknown) => {
    for (const [, id = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      const schema = all[id];
      if (schema === undefined || id in used) continue;
      used[id] = schema;
      visit(schema);
    }
  };
  visit([paths, userParameter]);
  return used;
}

function namedSchemas(): Record<string, Json> {
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    uri: componentOf,
    io: 'input',
    override: ({ jsonSchema }) => {
      // Objects are open unless they say otherwise: to say so keeps interfaces from fitting generated types.
      if (isEmpty(jsonSchema.additionalProperties)) delete jsonSchema.additionalProperties;
      // The format says it.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _id, $schema: _schema, ...schema }]) => [id, schema]),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
