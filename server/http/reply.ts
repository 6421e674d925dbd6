/** What a handler answers, as a value: only `respond.ts` writes it to the connection. */
import type { CookieChange } from './cookies.ts';

/** What a completed ceremony tells the metrics; a refused one is `unknown`. */
export interface CeremonyLabels {
  readonly mediation: string | null;
  readonly attachment: string | null;
  readonly provider: string;
}

interface Extras {
  readonly cookies?: readonly CookieChange[];
  /** In small letters. Without `cache-control` no cache may keep the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly ceremony?: CeremonyLabels;
}

export interface Reply extends Extras {
  readonly status: 200 | 201 | 202 | 204 | 303;
  /** JSON, or text and bytes of the media type that the row declares. */
  readonly body: unknown;
}

export const ok = <const Body>(body: Body, extras: Extras = {}) =>
  ({ ...extras, status: 200, body }) as const;

export const created = <const Body>(body: Body, extras: Extras = {}) =>
  ({ ...extras, status: 201, body }) as const;

export const accepted = <const Body>(body: Body, extras: Extras = {}) =>
  ({ ...extras, status: 202, body }) as const;

export const noContent = (extras: Extras = {}) => ({ ...extras, status: 204, body: null }) as const;

/** @param location a path of ours, or a URL */
export const seeOther = (location: string, { headers, ...extras }: Extras = {}) =>
  ({ ...extras, headers: { ...headers, location }, status: 303, body: null }) as const;
