/**
 * What this server asks of Apple, and what it takes from there.
 *
 * Guarantees: nothing of a token counts before its signature, issuer, audience, times and nonce were verified;
 * every call has limits and follows no redirect; whatever fails is an `AppleFailure`, and a mistake in our
 * configuration is told to the operator in a log line that names what to mend.
 */
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { type CallDeps, call, causeOf } from './calls.ts';
import { type MintSecret, mintSecret } from './client-secret.ts';
import { AppleFailure, type FailureCause } from './failure.ts';
import {
  type AppleIdentity,
  type IdentityTokenExpected,
  verifyIdentityToken,
} from './identity-token.ts';
import { openKeySet } from './key-set.ts';
import { type AppleMigration, openMigration } from './migration.ts';
import { type AppleNotification, verifyNotification } from './notification.ts';

export interface Apple {
  /**
   * Uses the code up.
   *
   * @param redirectUri null for the code of an app, which was issued without one
   */
  exchangeCode(given: {
    readonly code: string;
    readonly clientId: string;
    readonly redirectUri: string | null;
  }): Promise<{ readonly identityToken: string; readonly refreshToken: string | null }>;
  verifyIdentityToken(token: string, expected: IdentityTokenExpected): Promise<AppleIdentity>;
  /** Whether the person still lets the client in. Apple wants to be asked once a day at most. */
  refresh(given: {
    readonly refreshToken: string;
    readonly clientId: string;
  }): Promise<'valid' | 'revoked'>;
  /** Also for a token that is revoked already. */
  revoke(given: {
    readonly token: string;
    readonly clientId: string;
    readonly hint: 'refresh_token' | 'access_token';
  }): Promise<void>;
  verifyNotification(payload: string): Promise<AppleNotification>;
  readonly migration: AppleMigration;
}

interface Options {
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly log: Logger;
  readonly mint?: MintSecret;
}

const tokens = z.object({ id_token: z.string().min(1), refresh_token: z.string().optional() });

/** @returns null if Sign in with Apple is not configured */
export function openApple(
  { apple: settings }: Pick<Config, 'apple'>,
  { fetch, now, log, mint = mintSecret }: Options,
): Apple | null {
  if (settings === null) return null;
  const deps: CallDeps = { settings, fetch, now, mint };
  const findKey = openKeySet(`${settings.baseUrl}/auth/keys`, { fetch, now });
  const clients = [settings.servicesId, ...settings.bundleIds].filter((id) => id !== null);
  const migration = openMigration(deps);
  const told = failureLog(log, now);

  return {
    exchangeCode: told(async ({ code, clientId, redirectUri }) => {
      const form = {
        grant_type: 'authorization_code',
        code,
        ...(redirectUri !== null && { redirect_uri: redirectUri }),
      };
      const outcome = await call(deps, { path: '/auth/token', clientId, form });
      if ('objection' in outcome) throw new AppleFailure(causeOfCode(outcome.objection));
      const { success, data } = tokens.safeParse(outcome.body);
      if (!success) throw new AppleFailure('unreadable');
      return { identityToken: data.id_token, refreshToken: data.refresh_token ?? null };
    }),
    verifyIdentityToken: told((token, expected) =>
      verifyIdentityToken(findKey, now, token, expected),
    ),
    refresh: told(async ({ refreshToken, clientId }) => {
      const form = { grant_type: 'refresh_token', refresh_token: refreshToken };
      const outcome = await call(deps, { path: '/auth/token', clientId, form });
      if ('body' in outcome) return 'valid';
      const cause = causeOf(outcome.objection);
      const isGone = cause === 'code-expired' || cause === 'code-refused';
      if (isGone || cause === 'consent-revoked') return 'revoked';
      throw new AppleFailure(cause);
    }),
    revoke: told(async ({ token, clientId, hint }) => {
      const form = { token, token_type_hint: hint };
      const outcome = await call(deps, { path: '/auth/revoke', clientId, form });
      if ('objection' in outcome) throw new AppleFailure(causeOf(outcome.objection));
    }),
    verifyNotification: told((payload) => verifyNotification(findKey, now, payload, clients)),
    migration: {
      transferSubOf: told(migration.transferSubOf),
      subOf: told(migration.subOf),
    },
  };
}

/** A code comes from outside, and who brings one of another client must not write errors into our log. */
function causeOfCode(objection: Parameters<typeof causeOf>[0]): FailureCause {
  const cause = causeOf(objection);
  return cause === 'client-mismatch' ? 'code-of-another-client' : cause;
}

/** One cause has a line a minute at most, because strangers could fill the log with some. */
const quietMs = 60_000;

/** Tells the operator of what fails and is not a single person's. */
function failureLog(log: Logger, now: () => number) {
  const toldAt = new Map<string, number>();
  const tell = ({ kind, cause, message }: AppleFailure) => {
    if (kind === 'refused' || now() - (toldAt.get(cause) ?? Number.NEGATIVE_INFINITY) < quietMs)
      return;
    toldAt.set(cause, now());
    const level = kind === 'configuration' ? 'error' : 'warn';
    log[level]({ kind, cause }, `Sign in with Apple: ${message}`);
  };
  return <Given extends readonly unknown[], Result>(ask: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      try {
        return await ask(...given);
      } catch (error) {
        if (error instanceof AppleFailure) tell(error);
        throw error;
      }
    };
}
