/**
 * Writes the types of the contract for clients: `client/library/contract.ts`, from the schemas that judge the
 * requests. Run by `npm run contract`; a test says when that is due.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { loadConfig } from '../config.ts';
import { everyEndpoint } from '../http/endpoints.ts';
import { openApiDocument } from '../http/openapi.ts';

const file = new URL('../../client/library/contract.ts', import.meta.url);

const header = `/**
 * The bodies and answers of the HTTP API, generated from the schemas of the server by \`npm run contract\`.
 * Don't edit it.
 */
`;

/** What the file must say. */
export async function clientTypes(): Promise<string> {
  const config = loadConfig({});
  const { components } = openApiDocument(config, everyEndpoint(config));
  const text = JSON.stringify(components.schemas, (key, value) =>
    key === 'examples' ? undefined : value,
  );
  const schema: JSONSchema = {
    title: 'Contract',
    $defs: JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')),
  };
  const types = await compile(schema, 'Contract', {
    bannerComment: header,
    unreachableDefinitions: true,
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { singleQuote: true, printWidth: 100, trailingComma: 'all' },
  });
  return (
    types
      // Nobody asks for the whole of it, and where a type comes from is no news.
      .replace(/export interface Contract \{.*?^\}\n/ms, '')
      .replaceAll(
        /\/\*\*(?:(?! \*\/).)*?^ \* This interface was referenced by.*?\*\/\n/gms,
        (text) => withoutReference(text),
      )
      .replaceAll(/\n{3,}/g, '\n\n')
  );
}

function withoutReference(comment: string): string {
  const rest = comment.replace(/( \*\n)? \* This interface was referenced by.*?"\.\n/s, '');
  return rest === '/**\n */\n' ? '' : rest;
}

/** What the file says. */
export function writtenTypes(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main) writeFileSync(file, await clientTypes());
