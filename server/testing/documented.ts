/**
 * Compares answers with the OpenAPI document: a status, a media type, a code or a member that is not declared there
 * fails the test.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { openApiDocument } from '../http/openapi.ts';

type Document = ReturnType<typeof openApiDocument>;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** @throws {Error} if the document does not declare this answer */
export type Check = (method: string, path: string, answer: Answer) => void;

interface Response {
  readonly content?: Readonly<Record<string, unknown>>;
}
type Operations = Readonly<
  Record<string, { readonly responses: Readonly<Record<string, Response>> }>
>;

/** Compiled schemas by document, because most tests have the same document. */
const compiled = new Map<string, (pointer: string) => ValidateFunction>();

export function documented(document: Document): Check {
  const { paths, components } = document;
  const key = JSON.stringify({ paths, components });
  const schemaAt = compiled.get(key) ?? compiler(key);
  compiled.set(key, schemaAt);
  const routes = Object.keys(paths).map((path) => ({ path, pattern: patternOf(path) }));

  return (method, target, { status, headers, body }) => {
    const [asked = ''] = target.split('?', 1);
    const path = routes.find(({ pattern }) => pattern.test(asked))?.path;
    const verb = method.toLowerCase();
    const type = headers.get('content-type')?.split(';', 1)[0] ?? null;
    const said = `${method} ${asked} answered ${status} ${type} ${JSON.stringify(body)}`;
    const operation = path === undefined ? undefined : (paths[path] as Operations)[verb];
    // The provider is documented by OpenID Connect.
    if (/^\/oidc\/|\/oidc$/.test(asked)) return;
    if (path === undefined || operation === undefined) return expectUndocumented(said, type, body);
    const response = operation.responses[status];
    if (response === undefined) throw new Error(`not a declared status: ${said}`);
    const { content = {} } = response;
    const media = Object.keys(content).find((each) => isOfType(each, type));
    if (media === undefined) {
      if (type === null && Object.keys(content).length === 0) return;
      throw new Error(`not a declared media type: ${said}`);
    }
    if (!media.endsWith('json') || Object.keys(content[media] as object).length === 0) return;
    const validate = schemaAt(
      ['paths', path, verb, 'responses', String(status), 'content', media, 'schema']
        .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
        .join('/'),
    );
    if (!validate(body)) throw new Error(`${JSON.stringify(validate.errors)}: ${said}`);
  };
}

function isOfType(declared: string, type: string | null): boolean {
  const [media = ''] = declared.split(';', 1);
  return media === type || (media.endsWith('/*') && (type ?? '').startsWith(media.slice(0, -1)));
}

/** Only pages, files and 404 may be missing in the document. */
function expectUndocumented(said: string, type: string | null, body: unknown): void {
  const { code } = (body ?? {}) as { code?: unknown };
  if (type?.endsWith('json') && code !== 'not_found') throw new Error(`not declared: ${said}`);
}

function patternOf(path: string): RegExp {
  const literal = path.replaceAll(/[.]/g, '\\.').replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${literal}$`);
}

function compiler(key: string): (pointer: string) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema({ $id: 'document', ...closed(JSON.parse(key)) });
  const made = new Map<string, ValidateFunction>();
  return (pointer) => {
    const validate = made.get(pointer) ?? ajv.compile({ $ref: `document#/${pointer}` });
    made.set(pointer, validate);
    return validate;
  };
}

/** The same schemas, but objects may have no other members than the declared ones; the document does not promise that. */
function closed<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(closed) as Value;
  const object = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, closed(part)]),
  );
  const isOpen = object['type'] === 'object' && object['additionalProperties'] === undefined;
  return (isOpen ? { ...object, additionalProperties: false } : object) as Value;
}
