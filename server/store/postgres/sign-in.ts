import { type Placeholder, sql } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import { RpError } from '../../errors.ts';
import type { AuditEntry, CredentialUse, NewSession } from '../store.ts';
import { nonceIsSpent, type Spending } from './ceremonies.ts';
import { compile } from './compile.ts';
import { together } from './together.ts';

export interface SignIn {
  readonly use: CredentialUse;
  readonly session: NewSession;
  readonly replaces: string | null;
  readonly audit: readonly AuditEntry[];
}

const $ = (name: string): Placeholder => sql.placeholder(name);

/**
 * The hot path: nonce, credential, session and audit in one statement, so in one round trip and one
 * transaction. Each part feeds on the one before it; where the account is disabled, the credential is not
 * as the ceremony found it, or the nonce is spent, nothing at all is written and no row comes back.
 *
 * The account is held first, so that whoever disables it either waits, and then ends this session too,
 * or was first, and then the sign-in finds it disabled.
 *
 * No table is written by two of its parts, which not every cluster allows.
 */
const complete = compile(
  'sign_in',
  sql`
  WITH owner AS (
    SELECT id FROM users WHERE id = ${$('userId')} AND disabled_at IS NULL FOR SHARE
  ), held AS (
    SELECT credentials.id, sign_count FROM owner
    JOIN credentials ON credentials.user_id = owner.id AND credentials.id = ${$('credentialId')}
    FOR NO KEY UPDATE OF credentials
  ), spent AS (
    INSERT INTO spent_nonces (nonce, expires_at, spent_by)
    SELECT ${$('nonce')}::bytea, ${$('nonceExpiresAt')}::bigint, ${$('spentBy')}::uuid
    FROM held WHERE held.sign_count = ${$('expectedSignCount')}
    ON CONFLICT (nonce) DO NOTHING
    RETURNING nonce
  ), used AS (
    UPDATE credentials SET
      sign_count = ${$('signCount')},
      backed_up = ${$('backedUp')},
      -- WebAuthn L3 §7.2 step 24: once verified, always initialised.
      uv_initialized = uv_initialized OR ${$('uvInitialized')},
      last_used_at = ${$('usedAt')}
    FROM spent WHERE credentials.id = ${$('credentialId')}
    RETURNING credentials.id
  ), noted AS (
    INSERT INTO audit_entries (user_id, id, at, kind, credential_id, session_id, evidence)
    SELECT entry.* FROM used, unnest(
      ${$('auditUserIds')}::text[], ${$('auditIds')}::uuid[], ${$('auditTimes')}::bigint[],
      ${$('auditKinds')}::text[], ${$('auditCredentialIds')}::text[],
      ${$('auditSessionIds')}::text[], ${$('auditEvidence')}::text[]
    ) AS entry
  )
  INSERT INTO sessions (
    token_hash, id, user_id, created_at, authenticated_at, expires_at,
    user_verified, method, credential_id, user_agent
  )
  SELECT
    ${$('tokenHash')}::text, ${$('sessionId')}::text, ${$('userId')}::text,
    ${$('createdAt')}::bigint, ${$('authenticatedAt')}::bigint, ${$('expiresAt')}::bigint,
    ${$('sessionVerified')}::boolean, ${$('method')}::text,
    ${$('sessionCredentialId')}::text, ${$('userAgent')}::text
  FROM used
`,
);

/** Ends the session that the browser held until now, if the new one is there to take its place. */
const replace = compile(
  'replace_session',
  sql`
  DELETE FROM sessions
  WHERE id = ${$('replaces')}
    AND EXISTS (SELECT 1 FROM sessions AS opened WHERE opened.token_hash = ${$('tokenHash')})
`,
);

const explain = compile(
  'explain_refusal',
  sql`
  SELECT
    EXISTS (SELECT 1 FROM spent_nonces WHERE nonce = ${$('nonce')}) AS spent,
    EXISTS (SELECT 1 FROM credentials WHERE id = ${$('credentialId')}) AS known,
    EXISTS (SELECT 1 FROM users WHERE id = ${$('userId')} AND disabled_at IS NOT NULL) AS disabled
`,
);

/**
 * Completes a sign-in on a connection of its own, outside a transaction of the caller's.
 *
 * A session to be replaced makes it a transaction of two statements, sent without waiting for answers.
 * Should its BEGIN fail, each of them commits by itself, which still leaves a whole ceremony: the first
 * is one, and the second does nothing without it.
 */
export function signInStatement(client: ClientBase, newAuditId: (at: number) => string) {
  async function run(input: SignIn, spending: Spending): Promise<number | null> {
    const completing = () => client.query(complete(values(input, spending, newAuditId)));
    if (input.replaces === null) return (await completing()).rowCount;
    const { replaces, session } = input;
    const [, { rowCount }] = await together([
      client.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
      completing(),
      client.query(replace({ replaces, tokenHash: session.tokenHash })),
      client.query('COMMIT'),
    ]);
    return rowCount;
  }

  return async (input: SignIn, spending: Spending): Promise<void> => {
    if ((await run(input, spending)) === 1) return;
    const found = await client.query<{ spent: boolean; known: boolean; disabled: boolean }>(
      explain({
        nonce: Buffer.from(spending.nonce.value),
        credentialId: input.use.id,
        userId: input.session.userId,
      }),
    );
    if (found.rows[0]?.spent) throw nonceIsSpent();
    if (!found.rows[0]?.known) throw new RpError('credential_unknown');
    if (found.rows[0].disabled) throw new RpError('account_disabled');
    throw new RpError('verification_failed', { detail: 'the signature counter moved meanwhile' });
  };
}

function values(
  { use, session, audit }: SignIn,
  { nonce, by }: Spending,
  newAuditId: (at: number) => string,
): Record<string, unknown> {
  return {
    nonce: Buffer.from(nonce.value),
    nonceExpiresAt: nonce.expiresAt,
    spentBy: by,
    credentialId: use.id,
    expectedSignCount: use.expectedSignCount,
    signCount: use.signCount,
    backedUp: use.backedUp,
    uvInitialized: use.uvInitialized,
    usedAt: use.usedAt,
    tokenHash: session.tokenHash,
    sessionId: session.id,
    userId: session.userId,
    createdAt: session.createdAt,
    authenticatedAt: session.authenticatedAt,
    expiresAt: session.expiresAt,
    sessionVerified: session.userVerified,
    method: session.method,
    sessionCredentialId: session.credentialId,
    userAgent: session.userAgent,
    auditUserIds: audit.map((entry) => entry.userId),
    auditIds: audit.map((entry) => newAuditId(entry.at)),
    auditTimes: audit.map((entry) => entry.at),
    auditKinds: audit.map((entry) => entry.kind),
    auditCredentialIds: audit.map((entry) => entry.credentialId),
    auditSessionIds: audit.map((entry) => entry.sessionId),
    auditEvidence: audit.map((entry) => JSON.stringify(entry.evidence)),
  };
}
