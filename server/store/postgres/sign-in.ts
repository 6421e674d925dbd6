import { type Placeholder, sql } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import { RpError } from '../../errors.ts';
import { type AuditEntry, isSecurityKind } from '../../records/audit.ts';
import type { CredentialUse, HeldCredential } from '../../records/credential.ts';
import type { NewSession, Session } from '../../records/session.ts';
import { horizonHour } from '../nonce-horizon.ts';
import { counterMoved, nonceIsSpent } from '../refusals.ts';
import { compile } from './compile.ts';
import type { Spending } from './nonces.ts';
import { noteEnds } from './oidc.ts';
import { settleAll } from './settle-all.ts';

export interface SignIn {
  readonly use: CredentialUse;
  readonly session: NewSession;
  readonly replaces: Pick<Session, 'id' | 'userId'> | null;
  readonly clears: readonly string[];
  readonly audit: readonly AuditEntry[];
}

const $ = (name: string): Placeholder => sql.placeholder(name);

/**
 * The hot path: nonce, credential, session and audit in one statement, so in one round trip and one
 * transaction. Each part reads what the one before it returns; if the account is disabled, the credential is not
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
      AND credentials.state <> 'revoked'
    FOR NO KEY UPDATE OF credentials
  ), spent AS (
    INSERT INTO spent_nonces (nonce, expires_at, spent_by)
    SELECT ${$('nonce')}::bytea, ${$('nonceExpiresAt')}::bigint, ${$('spentBy')}::uuid
    FROM held WHERE held.sign_count = ${$('expectedSignCount')} AND NOT EXISTS (
      SELECT 1 FROM nonce_horizon WHERE id = ${$('nonceHour')}::int AND purged_up_to >= ${$('nonceExpiresAt')}::bigint
    )
    ON CONFLICT (nonce) DO NOTHING
    RETURNING nonce
  ), used AS (
    UPDATE credentials SET
      sign_count = ${$('signCount')},
      backup_eligible = ${$('backupEligible')},
      backed_up = ${$('backedUp')},
      backup_known = true,
      state = CASE state WHEN ${$('stateFrom')}::text THEN ${$('stateTo')}::text ELSE state END,
      counter_fell_at = coalesce(${$('counterFellAt')}::bigint, counter_fell_at),
      -- WebAuthn L3 §7.2 step 24: once verified, always initialised.
      uv_initialized = uv_initialized OR ${$('uvInitialized')},
      last_used_at = ${$('usedAt')},
      use_known = true,
      last_user_agent = ${$('userAgent')},
      last_country = ${$('country')}
    FROM spent WHERE credentials.id = ${$('credentialId')}
    RETURNING credentials.id
  ), noted AS (
    INSERT INTO audit_entries (
      user_id, id, at, kind, credential_id, session_id, evidence, security
    )
    SELECT entry.* FROM used, unnest(
      ${$('auditUserIds')}::text[], ${$('auditIds')}::uuid[], ${$('auditTimes')}::bigint[],
      ${$('auditKinds')}::text[], ${$('auditCredentialIds')}::text[],
      ${$('auditSessionIds')}::text[], ${$('auditEvidence')}::text[], ${$('auditSecurity')}::boolean[]
    ) AS entry
  )
  INSERT INTO sessions (
    token_hash, id, user_id, created_at, authenticated_at, expires_at,
    user_verified, method, credential_id, user_agent, country, succeeds
  )
  SELECT
    ${$('tokenHash')}::text, ${$('sessionId')}::text, ${$('userId')}::text,
    ${$('createdAt')}::bigint, ${$('authenticatedAt')}::bigint, ${$('expiresAt')}::bigint,
    ${$('sessionVerified')}::boolean, ${$('method')}::text,
    ${$('sessionCredentialId')}::text, ${$('userAgent')}::text, ${$('country')}::text,
    ${$('succeeds')}::text
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

/** The same for the suspicion that the new session takes off other credentials of the account. */
const clear = compile(
  'clear_suspicion',
  sql`
  UPDATE credentials SET state = 'active'
  WHERE user_id = ${$('userId')} AND id = ANY(${$('clears')}::text[]) AND state = 'suspected-clone'
    AND EXISTS (SELECT 1 FROM sessions AS opened WHERE opened.token_hash = ${$('tokenHash')})
`,
);

const list = compile(
  'list_held',
  sql`
  SELECT id, rp_id AS "rpId", state, backup_eligible AS "backupEligible"
  FROM credentials WHERE user_id = ${$('userId')} ORDER BY created_at, id
`,
);

const explain = compile(
  'explain_refusal',
  sql`
  SELECT
    EXISTS (SELECT 1 FROM spent_nonces WHERE nonce = ${$('nonce')}) OR EXISTS (
      SELECT 1 FROM nonce_horizon WHERE id = ${$('nonceHour')}::int AND purged_up_to >= ${$('nonceExpiresAt')}::bigint
    ) AS spent,
    EXISTS (
      SELECT 1 FROM credentials WHERE id = ${$('credentialId')} AND state <> 'revoked'
    ) AS known,
    EXISTS (SELECT 1 FROM users WHERE id = ${$('userId')} AND disabled_at IS NOT NULL) AS disabled
`,
);

/**
 * Completes a sign-in on a connection of its own, outside a transaction of the caller's.
 *
 * A session to be replaced, or a suspicion to be cleared, makes it a transaction of several statements,
 * sent without waiting for answers. Should its BEGIN fail, each of them commits by itself, which still
 * leaves a whole ceremony: the first is one, and the others do nothing without it.
 */
export function signInStatement(client: ClientBase, newAuditId: (at: number) => string) {
  async function run(input: SignIn, spending: Spending): Promise<HeldCredential[] | null> {
    const { replaces, clears } = input;
    const { tokenHash, userId } = input.session;
    const completing = () => client.query(complete(values(input, spending, newAuditId)));
    const listing = () => client.query<HeldCredential>(list({ userId }));
    if (replaces === null && clears.length === 0) {
      const [{ rowCount }, { rows }] = await settleAll([completing(), listing()]);
      return rowCount === 1 ? rows : null;
    }
    const leaves = replaces !== null && replaces.userId !== userId ? replaces.userId : null;
    const [, { rowCount }, , , { rows }] = await settleAll([
      client.query('BEGIN ISOLATION LEVEL READ COMMITTED'),
      completing(),
      client.query(replace({ replaces: replaces?.id ?? null, tokenHash })),
      client.query(clear({ userId, clears: [...clears], tokenHash })),
      listing(),
      leaves === null ? undefined : client.query(noteEnds({ userId: leaves })),
      client.query('COMMIT'),
    ]);
    return rowCount === 1 ? rows : null;
  }

  return async (input: SignIn, spending: Spending): Promise<HeldCredential[]> => {
    const held = await run(input, spending);
    if (held !== null) return held;
    const found = await client.query<{ spent: boolean; known: boolean; disabled: boolean }>(
      explain({
        nonce: Buffer.from(spending.nonce.value),
        nonceExpiresAt: spending.nonce.expiresAt,
        nonceHour: horizonHour(spending.nonce.expiresAt),
        credentialId: input.use.id,
        userId: input.session.userId,
      }),
    );
    if (found.rows[0]?.spent) throw nonceIsSpent();
    if (!found.rows[0]?.known) throw new RpError('credential_unknown');
    if (found.rows[0].disabled) throw new RpError('account_disabled');
    throw counterMoved();
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
    nonceHour: horizonHour(nonce.expiresAt),
    spentBy: by,
    credentialId: use.id,
    expectedSignCount: use.expectedSignCount,
    signCount: use.signCount,
    backupEligible: use.backupEligible,
    backedUp: use.backedUp,
    stateFrom: use.state?.from ?? null,
    stateTo: use.state?.to ?? null,
    counterFellAt: use.counterFellAt,
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
    country: session.country,
    succeeds: session.succeeds,
    auditUserIds: audit.map((entry) => entry.userId),
    auditIds: audit.map((entry) => newAuditId(entry.at)),
    auditTimes: audit.map((entry) => entry.at),
    auditKinds: audit.map((entry) => entry.kind),
    auditCredentialIds: audit.map((entry) => entry.credentialId),
    auditSessionIds: audit.map((entry) => entry.sessionId),
    auditEvidence: audit.map((entry) => JSON.stringify(entry.evidence)),
    auditSecurity: audit.map(({ kind }) => isSecurityKind(kind)),
  };
}
