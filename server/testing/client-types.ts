/**
 * Writes the types of the contract for clients, `client/library/contract.ts`, from the schemas that validate the
 * requests. `npm run contract` runs it; a test fails if the file is out of date.
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

/** The text that the file must have. */
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
      // The type of the whole document and the comments about references are of no use.
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

/** The text of the file. */
export function writtenTypes(): string {
  return readFileSync(file, 'utf8');
}

if (import.meta.main) writeFileSync(file, await clientTypes());
