import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { clientTypes, writtenTypes } from '../testing/client-types.ts';
import { endpointsFor, everyEndpoint } from './endpoints.ts';
import { openApiDocument } from './openapi.ts';

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly requestBody?: { readonly required: boolean };
  readonly responses: Readonly<Record<string, { readonly headers?: object }>>;
}

function operationsOf({ paths }: ReturnType<typeof openApiDocument>): Operation[] {
  return Object.values(paths).flatMap((path) => Object.values(path)) as unknown as Operation[];
}

describe('the OpenAPI document', () => {
  const config = loadConfig({});
  const document = openApiDocument(config, everyEndpoint(config));
  const operations = operationsOf(document);
  const find = (id: string) => operations.find(({ operationId }) => operationId === id);

  it.each(['https://login.example', 'http://localhost:3000'])(
    'of %s is clean to redocly',
    async (ORIGIN) => {
      const site = loadConfig({ ORIGIN });
      const source = JSON.stringify(openApiDocument(site, everyEndpoint(site)));
      const recommended = await createConfig({ extends: ['recommended'] });
      const problems = await lintFromString({ source, config: recommended });
      expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
    },
  );

  it('names each operation, and none twice', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(ids.every((id) => /^[a-z]+([A-Z][a-z]+)*$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('says which operations need a session, which can do with one, and which read none', () => {
    expect(find('getSession')?.security).toEqual([{ session: [] }]);
    expect(find('registrationOptions')?.security).toEqual([{}, { session: [] }]);
    expect(find('isAlive')?.security).toEqual([]);
    for (const { operationId, security, responses } of operations) {
      const needsSession = security.length === 1;
      expect([operationId, '401' in responses || !needsSession]).toEqual([operationId, true]);
    }
  });

  it('has no body that may be left out', () => {
    const bodies = operations.flatMap(({ requestBody }) => requestBody ?? []);
    expect(bodies.length).toBeGreaterThan(4);
    expect(bodies.every(({ required }) => required)).toBe(true);
  });

  it('says of every limited operation how it is refused', () => {
    // Pages are not in the document.
    const limited = everyEndpoint(config).filter(({ limit, page }) => limit !== undefined && !page);
    for (const row of limited) {
      expect(find(row.id)?.responses['429']?.headers).toHaveProperty('Retry-After');
    }
  });

  it('has no call that changes something and may be made as often as one likes', () => {
    const changing = everyEndpoint(config).filter(({ method }) => method !== 'get');
    expect(changing.filter(({ limit }) => limit === undefined).map(({ id }) => id)).toEqual([]);
  });

  it('tells codes as they are: a change of a user name may ask for a step-up', () => {
    const refusals = JSON.stringify(find('updateAccount')?.responses['403']);
    expect(refusals).toContain('step_up_required');
  });

  it('gives examples that hold to their schemas', () => {
    const ajv = new Ajv2020({ strict: false });
    formats.default(ajv);
    ajv.addSchema({ $id: 'document', components: document.components });
    const shown = Object.entries(document.components.schemas).flatMap(([name, { examples }]) =>
      ((examples ?? []) as unknown[]).map((example) => [name, example] as const),
    );
    expect(shown.length).toBeGreaterThan(15);
    for (const [name, example] of shown) {
      const validate = ajv.compile({ $ref: `document#/components/schemas/${name}` });
      validate(example);
      expect([name, validate.errors]).toEqual([name, null]);
    }
  });

  it('leaves out what is not configured', () => {
    const related = (env: object) => {
      const site = loadConfig({ ORIGIN: 'https://login.example', ...env });
      return openApiDocument(site, endpointsFor(site)).paths['/.well-known/webauthn'];
    };
    expect(related({})).toBeUndefined();
    expect(related({ RELATED_ORIGINS: 'https://login.example.org' })).toBeDefined();
  });
});

it('the types of the client are those of the schemas: else run `npm run contract`', async () => {
  expect(writtenTypes()).toBe(await clientTypes());
});
