/**
 * An endpoint is one row: what it takes, what it answers and with which codes it refuses. Its route is mounted
 * from the row (`mount.ts`) and the OpenAPI document is written from it (`openapi.ts`), so neither knows of an
 * endpoint that the other does not.
 *
 * A row is made by `endpoint()` in the file of its resource and listed in `endpoints.ts`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Owner } from '../accounts/owner.ts';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import type { ErrorCode } from '../errors.ts';
import type { RateLimit } from '../limits/table.ts';
import type { Caller } from '../records/caller.ts';
import type { OperatorKey, OperatorScope } from '../records/operator-key.ts';
import type { Reply } from './reply.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** By status: the schema of a JSON body, the media type of another body, or null if there is no body. */
export type Answers = { readonly [Status in Reply['status']]?: z.ZodType | string | null };

/**
 * Who may call. `anyone`: no cookie is read. `visitor`: whoever asks, signed in or not. `owner`: only who is
 * signed in, else 401. `operator`: whoever has a key of the operators' API with the scope of the row; no cookie is read.
 */
interface Callers {
  readonly anyone: null;
  readonly visitor: Caller;
  readonly owner: Owner;
  readonly operator: OperatorKey;
}

/** The names in braces of a path. */
type ParamsOf<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name]: string } & ParamsOf<Rest>
  : unknown;

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

type BodyOf<Answer> = Answer extends z.ZodType
  ? DeepReadonly<z.input<Answer>>
  : Answer extends string
    ? string | Uint8Array
    : null;

type ReplyOf<A extends Answers> = {
  readonly [S in keyof A]: Reply & { readonly status: S; readonly body: BodyOf<A[S]> };
}[keyof A];

/** What a handler is given of a request. */
interface Call<Params = unknown, Who = unknown, Body = unknown, Query = unknown> {
  readonly params: Params;
  readonly caller: Who;
  /** The body, judged by the row's schema. */
  readonly body: Body;
  /** The query, judged by the row's schema; as it was sent if the row has none. */
  readonly query: Query;
  /** The address that the request comes from, as rate limits count it: found out only if it is needed. */
  readonly addressOf: () => string;
  /** For a library that reads a request by itself. What is answered is the reply all the same. */
  readonly raw: { readonly request: IncomingMessage; readonly response: ServerResponse };
}

interface Row {
  /** The `operationId`, by which generated clients name their function. */
  readonly id: string;
  readonly method: Method;
  readonly summary: string;
  /** What the summary has no room for. */
  readonly description?: string;
  /** Counted against the address before the body is read. */
  readonly limit?: RateLimit;
  /** `json`, unless a specification wants a form. */
  readonly encoding?: 'json' | 'form';
  /** Codes of its own: those that follow from the other members of the row are added (`codesOf`). */
  readonly codes: readonly ErrorCode[];
  /**
   * It is also for a session that can only add a passkey (after a recovery). Elsewhere such a session is refused
   * with `recovery_required`, and a visitor who has one is signed out.
   */
  readonly restricted?: true;
  /** What an operator's key has to be for. */
  readonly scope?: OperatorScope;
  /** A browser may send it for another site, although it changes something. */
  readonly crossSite?: true;
  /** A page for people: it is not in the document, and errors on the way to it are pages too. */
  readonly page?: true;
  /** Which ceremony it completes: the metrics count them. */
  readonly ceremony?: 'registration' | 'authentication';
  /** If false it is neither mounted nor documented. */
  readonly when?: (config: Config) => boolean;
}

interface TypedRow<
  Path extends string,
  Who extends keyof Callers,
  Schema extends z.ZodType,
  A extends Answers,
  Query extends z.ZodType,
> extends Row {
  /** As in OpenAPI: `/api/sessions/{id}`. */
  readonly path: Path;
  readonly who: Who;
  readonly body?: Schema;
  /** An object of texts: what of the query it takes. */
  readonly query?: Query;
  readonly answer: A;
  handle(
    deps: Deps,
    call: Call<ParamsOf<Path>, Callers[Who], z.output<Schema>, z.output<Query>>,
  ): Promise<ReplyOf<A>> | ReplyOf<A>;
}

export interface Endpoint extends Row {
  readonly path: string;
  readonly who: keyof Callers;
  readonly body?: z.ZodType;
  readonly query?: z.ZodType;
  readonly answer: Answers;
  handle(deps: Deps, call: Call): Promise<Reply> | Reply;
}

/** A row whose handler is held to the types of its path, body and answers. */
export function endpoint<
  const Path extends string,
  Who extends keyof Callers,
  A extends Answers,
  Schema extends z.ZodType = z.ZodUndefined,
  Query extends z.ZodType = z.ZodType<URLSearchParams>,
>(row: TypedRow<Path, Who, Schema, A, Query>): Endpoint {
  return row;
}

/** RFC 9110 §9.2.1: a safe method changes nothing, and a body sent with it means nothing. */
export function isSafe({ method }: Pick<Endpoint, 'method'>): boolean {
  return method === 'get';
}

/** Every code that it can refuse with. */
export function codesOf(row: Endpoint): ReadonlySet<ErrorCode> {
  const codes = new Set<ErrorCode>(row.codes);
  const add = (...more: ErrorCode[]) => {
    for (const code of more) codes.add(code);
  };
  if (!isSafe(row)) add('invalid_request', 'payload_too_large', 'unsupported_media_type');
  if (!isSafe(row) && !row.crossSite) add('cross_site_request');
  if (row.query !== undefined) add('invalid_request');
  if (row.limit !== undefined) add('too_many_requests');
  if (row.who === 'visitor' || row.who === 'owner') add('account_changed', 'unavailable');
  if (row.who === 'operator') {
    add('invalid_request', 'operator_key_required', 'operator_key_invalid', 'insufficient_scope');
    add('too_many_requests', 'unavailable');
  }
  if (row.who === 'owner') add('unauthenticated');
  if (row.who === 'owner' && !row.restricted) add('recovery_required');
  add('internal_error');
  return codes;
}
