/**
 * Sign-in for apps: an OpenID provider (`oidc-provider`) on our store, our sessions and our pages. It is
 * loaded only if there are clients.
 *
 * Guarantees: who we are comes from the configuration and from no header; its session is ours; a request
 * changes everything or nothing.
 */
import type { IncomingMessage } from 'node:http';
import type { Provider } from 'oidc-provider';
import type { Config } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { tellApps } from './back-channel.ts';
import { challengeQuery } from './challenge.ts';
import { inOurWords } from './failures.ts';
import {
  abortInteraction,
  describeInteraction,
  finishInteraction,
  restartUrl,
} from './interactions.ts';
import type { Oidc, Visitor } from './oidc.ts';
import { createProvider, type Given, routes } from './provider.ts';
import { type Network, type PublicFetch, publicFetch } from './public-fetch.ts';
import { readSigningKeys } from './signing-keys.ts';
import { commitVisit, during, newVisit } from './visit.ts';

/** The library with one set of clients. */
interface Running {
  readonly deps: Given;
  readonly provider: Provider;
  readonly handle: ReturnType<Provider['callback']>;
}

/** @throws {OperatorError} that names every mistake in the clients */
export async function openOidc(opening: Given, network?: Network): Promise<Oidc> {
  const { config, log, store } = opening;
  // A request that has begun goes on with the clients that it began with.
  const fetch = publicFetch(network);
  let running = await run(opening, fetch);
  const headers = fixedHeaders(config);
  const closing = new AbortController();
  let telling: Promise<void> | null = null;

  async function visit<Result>(
    visitor: Visitor,
    work: (now: Running) => Promise<Result>,
  ): Promise<Result> {
    const one = newVisit(visitor);
    const result = await inOurWords(during(one, () => work(running)));
    if (!(await commitVisit(store, one))) throw new TypeError('nothing is used up here');
    return result;
  }

  /** Only the configuration says who we are. */
  function cleaned<Request extends IncomingMessage>(request: Request): Request {
    Object.assign(request.headers, headers);
    for (const name of forwarded) delete request.headers[name];
    return request;
  }

  return {
    handle: (visitor, request, response) =>
      during(newVisit(visitor), () => running.handle(cleaned(request), response)),
    async challenge(visitor, request, response, form) {
      const url = `${routes.authorization}?${challengeQuery(form)}`;
      // The log tells of the request as it came.
      const inner: IncomingMessage = Object.create(cleaned(request), {
        method: { value: 'GET' },
        url: { value: url, writable: true },
        originalUrl: { value: `/oidc${url}` },
      });
      await during(newVisit(visitor, true), () => running.handle(inner, response));
    },
    describe: (visitor, uid) =>
      visit(visitor, ({ deps, provider }) => describeInteraction(deps, provider, uid)),
    finish: (visitor, uid) =>
      visit(visitor, ({ deps, provider }) => finishInteraction(deps, provider, uid)),
    abort: (visitor, uid) => visit(visitor, ({ provider }) => abortInteraction(provider, uid)),
    restart: (visitor, uid) => visit(visitor, ({ deps }) => restartUrl(deps, uid)),
    tellApps() {
      const { deps, provider } = running;
      telling ??= tellApps(deps, provider, closing.signal)
        .catch((error: unknown) => log.error({ err: error }, 'apps could not be told of sign-outs'))
        .finally(() => {
          telling = null;
        });
      return telling;
    },
    async reload(oidc) {
      running = await run({ ...opening, config: { ...config, oidc } }, fetch);
    },
    async close() {
      closing.abort();
      await telling;
    },
  };
}

async function run(deps: Given, fetch: PublicFetch): Promise<Running> {
  const { clients } = deps.config.oidc;
  const provider = createProvider(deps, {
    clients,
    keys: await readSigningKeys(deps.config),
    fetch,
  });
  await judgeClients(provider, clients);
  return { deps, provider, handle: provider.callback() };
}

/** The library takes its own address from these. */
function fixedHeaders({ origin }: Config) {
  const { host, protocol } = new URL(origin);
  return { host, 'x-forwarded-proto': protocol.slice(0, -1) };
}

const forwarded = ['forwarded', 'x-forwarded-host', 'x-forwarded-for', 'x-forwarded-port'];

/** The library judges a client when it comes: too late for who has configured it. */
async function judgeClients(provider: Provider, clients: Config['oidc']['clients']): Promise<void> {
  const mistakes: string[] = [];
  for (const { client_id: id } of clients) {
    try {
      await provider.Client.find(id);
    } catch (error) {
      const { error_description: why } = error as { error_description?: string };
      mistakes.push(`${id}: ${why ?? (error as Error).message}`);
    }
  }
  if (mistakes.length > 0) throw new OperatorError(`OIDC_CLIENTS: ${mistakes.join('; ')}`);
}
