/**
 * Clients that nobody has configured: their ID is the URL of a document in which they describe themselves
 * (OAuth Client ID Metadata Document).
 *
 * Guarantees: the document says where the client may be sent back to and how it proves itself, and nothing
 * else; such a client is never one of ours, so its people are always asked.
 */
import { errors } from 'oidc-provider';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { describedRedirectProblem } from '../policy/redirect-uri.ts';
import type { PublicFetch } from './public-fetch.ts';
import { currentVisit } from './visit.ts';

const kept = { most: 200, leastMs: 300_000, mostMs: 86_400_000 } as const;
const idLength = 512;
/** §6.6 */
const sizeLimit = 5 * 1024;
/** So long what was read before is used, while it can't be read again. */
const staleMs = 86_400_000;

/** Whatever else stands in it means nothing here: no logo, no scopes, no address to be told of sign-outs. */
const documentSchema = z.object({
  client_id: z.string(),
  redirect_uris: z.array(z.string().max(1024)).min(1).max(20),
  // A secret in a document that everybody reads is none (§4.1).
  token_endpoint_auth_method: z.enum(['none', 'private_key_jwt']).default('none'),
  client_secret: z.undefined().optional(),
  client_secret_expires_at: z.undefined().optional(),
  jwks: z.looseObject({ keys: z.array(z.looseObject({})).min(1).max(10) }).optional(),
  jwks_uri: z
    .string()
    .max(1024)
    .refine((uri) => URL.canParse(uri) && new URL(uri).protocol === 'https:')
    .optional(),
  response_types: z.array(z.string()).default(['code']),
});

type Metadata = Readonly<Record<string, unknown>>;

interface Known {
  readonly metadata: Metadata;
  readonly until: number;
}

/** §3: how such an ID is spelled, and in one way only. */
function isDocumentUrl(id: string): boolean {
  if (id.length > idLength || !id.startsWith('https://') || !URL.canParse(id)) return false;
  const { href, hash, username, password, pathname } = new URL(id);
  return href === id && hash === '' && username === '' && password === '' && pathname !== '/';
}

/** Finds the metadata of a client by its ID; undefined if that is no URL of a document. */
export function describedClients({ log, now }: Pick<Deps, 'log' | 'now'>, fetch: PublicFetch) {
  const cache = new Map<string, Known>();
  const fetching = new Map<string, Promise<Known>>();

  async function read(id: string): Promise<Known> {
    const answer = await fetch(id, sizeLimit);
    const document = documentSchema.parse(JSON.parse(await answer.text()));
    return { metadata: metadataOf(id, document), until: now() + freshMs(answer) };
  }

  async function look(id: string): Promise<Metadata> {
    try {
      if (!(await currentVisit().mayFetch())) throw new Error('too many requests');
      const under = fetching.get(id) ?? read(id).finally(() => fetching.delete(id));
      fetching.set(id, under);
      const known = await under;
      remember(cache, id, known);
      return known.metadata;
    } catch (error) {
      log.info({ client: id, err: error }, 'a client does not describe itself');
      const before = cache.get(id);
      if (before !== undefined && now() < before.until + staleMs) return before.metadata;
      throw new errors.InvalidClient('the client metadata document can not be used');
    }
  }

  return async (id: string): Promise<Metadata | undefined> => {
    if (!isDocumentUrl(id)) return undefined;
    const known = cache.get(id);
    return known !== undefined && now() < known.until ? known.metadata : look(id);
  };
}

/** The oldest goes if there are too many. */
function remember(cache: Map<string, Known>, id: string, known: Known): void {
  cache.delete(id);
  cache.set(id, known);
  const [oldest] = cache.keys();
  if (cache.size > kept.most && oldest !== undefined) cache.delete(oldest);
}

/** §4.4: as HTTP says, within bounds. */
function freshMs({ headers }: Response): number {
  const [, seconds = '0'] =
    /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get('cache-control') ?? '') ?? [];
  return Math.min(Math.max(Number(seconds) * 1000, kept.leastMs), kept.mostMs);
}

function metadataOf(id: string, document: z.output<typeof documentSchema>): Metadata {
  // §4.1: compared letter by letter.
  if (document.client_id !== id) throw new Error('it is the document of another client');
  if (!document.response_types.includes('code')) throw new Error('it wants no code');
  const usable = document.redirect_uris.filter((uri) => describedRedirectProblem(uri) === null);
  if (usable.length === 0) throw new Error('it can be sent nowhere');
  const { token_endpoint_auth_method: method, jwks, jwks_uri } = document;
  const isByKey = method === 'private_key_jwt';
  if (isByKey && (jwks === undefined) === (jwks_uri === undefined))
    throw new Error('it has no key');
  const isWeb = usable.every((uri) => uri.startsWith('https:'));
  return {
    client_id: id,
    // A name is easily claimed. Whose the host is, the certificate has shown.
    client_name: new URL(id).hostname,
    self_described: true,
    application_type: isWeb ? 'web' : 'native',
    redirect_uris: usable,
    response_modes: ['query'],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: method,
    ...(isByKey && (jwks === undefined ? { jwks_uri } : { jwks })),
  };
}
