/** The stand-in's HTTP server. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { decide, readAuthorizationRequest } from './authorize.ts';
import { migrate, type Posted, Refusal, revoke, token } from './endpoints.ts';
import type { ApplePath, BrokenAnswer } from './faults.ts';
import { choicePage, postPage, refusalPage } from './page.ts';
import { keySet } from './signing.ts';
import type { World } from './world.ts';

/** A call that arrived, for tests to look at. */
export interface SeenCall {
  readonly path: string;
  readonly form: Readonly<Record<string, string>>;
}

type Answer = (world: World, posted: Posted) => Promise<object> | object;

const calls: Readonly<Record<string, Answer>> = {
  '/auth/token': token,
  '/auth/revoke': revoke,
  '/auth/usermigrationinfo': migrate,
};

export function serveWorld(world: World, seen: SeenCall[]): Server {
  return createServer((request, response) => {
    answer(world, seen, request, response).catch((error: unknown) => {
      response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
    });
  });
}

async function answer(
  world: World,
  seen: SeenCall[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const { pathname } = url;
  const body = request.method === 'POST' ? await text(request) : '';
  const form = new URLSearchParams(body);
  seen.push({ path: pathname, form: Object.fromEntries(form) });
  response.setHeader('date', new Date(world.now()).toUTCString());
  const broken = world.faults.answers.get(pathname as ApplePath);
  if (broken !== undefined) return answerBroken(broken, response);
  if (pathname === '/auth/keys') return json(response, 200, keySet(world.signingKeys));
  if (pathname === '/auth/authorize') return authorize(world, url, form, request, response);
  const call = calls[pathname];
  if (call === undefined || request.method !== 'POST') return json(response, 404, {});
  try {
    requireForm(request, url);
    const { authorization = '' } = request.headers;
    const bearer = /^Bearer (\S+)$/.exec(authorization)?.[1] ?? null;
    json(response, 200, await call(world, { form, bearer }));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    world.refusals.push(error.message);
    json(response, error.body.error === 'throttled' ? 429 : 400, error.body);
  }
}

/** Apple takes forms alone, and nothing from the query. */
function requireForm({ headers }: IncomingMessage, { search }: URL): void {
  const type = headers['content-type'] ?? '';
  if (!/^application\/x-www-form-urlencoded\b/.test(type)) {
    throw new Refusal('invalid_request', `content type ${type}`);
  }
  if (search !== '') throw new Refusal('invalid_request', 'parameters in the query');
}

async function authorize(
  world: World,
  url: URL,
  form: URLSearchParams,
  { method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let asked: ReturnType<typeof readAuthorizationRequest>;
  try {
    asked = readAuthorizationRequest(world, url);
  } catch (error) {
    const { message } = error as Error;
    world.refusals.push(message);
    return html(response, 400, refusalPage(message));
  }
  if (method !== 'POST') {
    return html(response, 200, choicePage([...world.people.values()], url.search.slice(1)));
  }
  const goesOn = form.get('decision') === 'continue';
  const posted = await decide(world, asked, {
    personId: goesOn ? form.get('person') : null,
    hidesEmail: form.has('hidesEmail'),
  });
  html(response, 200, postPage(posted));
}

const brokenAnswers: Readonly<
  Record<Extract<BrokenAnswer, string>, (response: ServerResponse) => void>
> = {
  unavailable: (response) => html(response, 503, 'Service Unavailable'),
  throttled: (response) => json(response, 429, {}),
  redirects: (response) => {
    response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
  },
  'answers-html': (response) => html(response, 200, '<h1>Welcome to this network</h1>'),
  resets: (response) => {
    response.destroy();
  },
  'answers-without-end': (response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    pour(response);
  },
  hangs: () => {},
};

function answerBroken(broken: BrokenAnswer, response: ServerResponse): void {
  if (typeof broken === 'string') {
    brokenAnswers[broken](response);
    return;
  }
  const { error, description } = broken;
  json(response, 400, { error, ...(description && { error_description: description }) });
}

function pour(response: ServerResponse): void {
  if (response.destroyed) return;
  response.write(' '.repeat(16_384), () => setImmediate(pour, response));
}

function json(response: ServerResponse, status: number, body: object): void {
  const type = 'application/json;charset=UTF-8';
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  // The answer to a revocation has no body.
  response.end(status === 200 && Object.keys(body).length === 0 ? '' : JSON.stringify(body));
}

function html(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page);
}
