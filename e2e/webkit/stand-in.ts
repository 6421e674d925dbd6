/**
 * Adds Safari's passkeys (or none) and the error reports to every page of a server: `wrap` inserts two scripts at the
 * start of every HTML document's head, and serves them. They are files of the same origin, so that
 * `script-src 'self'` and `connect-src 'self'` allow them. Other answers are not changed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type SafariTraits, safari } from './safari/traits.ts';

const ERRORS = '/__page-errors';
const TAGS =
  '<script src="/page-errors.js"></script><script src="/safari-credentials.js"></script>';

/** A listener of `node:http`, or an Express application. */
export type Handler = (request: never, response: never, next: never) => unknown;
type Wrapped = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: unknown,
) => Promise<void>;

export interface StandIn {
  /** The Safari of the next page that is opened; null: a browser without passkeys. */
  traits: SafariTraits | null;
  /** The errors of all pages so far. */
  readonly errors: string[];
  wrap(handler: Handler): Wrapped;
}

export function standIn(traits: SafariTraits | null = safari['26']): StandIn {
  const self: StandIn = { traits, errors: [], wrap };
  return self;

  function wrap(handler: Handler): Wrapped {
    return async (request, response, next) => {
      if (request.url === '/page-errors.js') {
        sendScript(response, await bundle('page-errors.ts'));
      } else if (request.url === '/safari-credentials.js') {
        const set = `window.__safariTraits = ${JSON.stringify(self.traits)};`;
        sendScript(response, self.traits ? `${set}\n${await bundle('safari/install.ts')}` : '');
      } else if (request.url === ERRORS) {
        self.errors.push(await text(request));
        response.writeHead(204).end();
      } else {
        addScripts(request, response);
        await Reflect.apply(handler, undefined, [request, response, next]);
      }
    };
  }
}

function sendScript(response: ServerResponse, script: string): void {
  response.setHeader('content-type', 'text/javascript; charset=utf-8');
  response.setHeader('cache-control', 'no-store');
  response.end(script);
}

const bundles = new Map<string, Promise<string>>();

/** A script of this folder, bundled as a classic script; it is built once. */
function bundle(file: string): Promise<string> {
  const entry = fileURLToPath(new URL(file, import.meta.url));
  const made =
    bundles.get(file) ??
    build({ entryPoints: [entry], bundle: true, format: 'iife', write: false }).then(
      ({ outputFiles: [output] }) => output?.text ?? '',
    );
  bundles.set(file, made);
  return made;
}

/** Collects an HTML answer until it is complete, and sends it with the scripts. */
function addScripts({ method, headers }: IncomingMessage, response: ServerResponse): void {
  if (method !== 'GET' || !headers.accept?.includes('text/html')) return;
  // The answer must be whole and not compressed, so that the scripts can be added.
  for (const name of ['accept-encoding', 'if-none-match', 'if-modified-since', 'range']) {
    delete headers[name];
  }
  const { writeHead, write, end } = response;
  const chunks: Buffer[] = [];
  const isHtml = () => String(response.getHeader('content-type') ?? '').startsWith('text/html');
  const collect = (chunk: unknown, encoding?: unknown) => {
    if (chunk === undefined || chunk === null || typeof chunk === 'function') return;
    const how = typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8';
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk, how) : Buffer.from(chunk as Buffer));
  };
  const restore = () => Object.assign(response, { writeHead, write, end });

  Object.assign(response, {
    writeHead(status: number, ...rest: unknown[]) {
      response.statusCode = status;
      const fields = rest.find((value) => typeof value === 'object' && value !== null) ?? {};
      for (const [name, value] of Object.entries(fields)) response.setHeader(name, value);
      if (!isHtml()) restore().writeHead(status);
      return response;
    },
    write(chunk: unknown, ...rest: unknown[]) {
      if (!isHtml()) return Reflect.apply(restore().write, response, [chunk, ...rest]);
      collect(chunk, rest[0]);
      const done = rest.findLast((value) => typeof value === 'function');
      if (done) queueMicrotask(done as () => void);
      return true;
    },
    end(...rest: unknown[]) {
      restore();
      if (!isHtml()) return Reflect.apply(response.end, response, rest);
      collect(rest[0], rest[1]);
      const page = insert(Buffer.concat(chunks).toString());
      response.setHeader('content-length', Buffer.byteLength(page));
      return response.end(page);
    },
  });
}

/** Inserts the scripts at the start of the head, or of the document if it has no head tag. */
function insert(page: string): string {
  const head = /<head(\s[^>]*)?>/i.exec(page) ?? /<!doctype[^>]*>(\s*<html[^>]*>)?/i.exec(page);
  const at = head ? head.index + head[0].length : 0;
  return page.slice(0, at) + TAGS + page.slice(at);
}
