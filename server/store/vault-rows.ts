/** Vaults as the tables of both dialects hold them. */
import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import type { Envelope, Vault } from '../records/vault.ts';

/** A vault beside one of its envelopes, or beside none. */
export interface VaultRow {
  readonly vault: Omit<Vault, 'envelopes'>;
  readonly envelope: Envelope | null;
}

/** Null if there are no rows. */
export function vaultOf(rows: readonly VaultRow[]): Vault | null {
  const [first] = rows;
  if (first === undefined) return null;
  const [data = null] = rows.flatMap(({ vault }) => vault.data ?? []);
  return { ...first.vault, data, envelopes: rows.flatMap(({ envelope }) => envelope ?? []) };
}

/**
 * One statement sees one state, so a vault is read together with its envelopes; its data, which may be long,
 * is in one of the rows alone.
 */
export const once = (data: SQLWrapper): SQL =>
  sql`CASE WHEN vault_envelopes.id IS NULL OR vault_envelopes.id = (
    SELECT min(other.id) FROM vault_envelopes AS other WHERE other.user_id = vaults.user_id
  ) THEN ${data} END`;

/**
 * How a rotation from the salt `current` to `next` stands: `left` are the passkeys that have not come by, and
 * `orphans` the vaults with data that would have no way in any more, or none that counts although they had one.
 * With a vault that holds nothing, nothing is lost, and most accounts have such a one from their sign-up on.
 * A passkey that is revoked opens nothing.
 */
export const rotationCounts = (current: SQL, next: SQL): SQL => sql`
  SELECT (
    SELECT count(*) FROM vault_envelopes AS envelope
    JOIN vaults ON vaults.user_id = envelope.user_id AND vaults."exists"
    JOIN credentials ON credentials.id = envelope.credential_id AND credentials.state <> 'revoked'
    WHERE envelope.salt_id = ${current} AND NOT EXISTS (
      SELECT 1 FROM vault_envelopes AS moved
      WHERE moved.user_id = envelope.user_id AND moved.credential_id = envelope.credential_id
        AND moved.salt_id = ${next} AND moved.last_used_at IS NOT NULL
    )
  ) AS "left", (
    SELECT count(*) FROM (
      SELECT envelope.user_id FROM vault_envelopes AS envelope
      JOIN vaults ON vaults.user_id = envelope.user_id AND vaults."exists" AND vaults.data IS NOT NULL
      LEFT JOIN credentials ON credentials.id = envelope.credential_id
      WHERE envelope.kind = 'recovery'
        OR (envelope.salt_id IN (${current}, ${next}) AND credentials.state <> 'revoked')
      GROUP BY envelope.user_id
      HAVING sum(CASE WHEN ${staysFor(next)} THEN 1 ELSE 0 END) = 0
        OR (
          sum(CASE WHEN envelope.last_used_at IS NULL THEN 0 ELSE 1 END) > 0
          AND sum(CASE WHEN envelope.last_used_at IS NOT NULL AND ${staysFor(next)} THEN 1 ELSE 0 END) = 0
        )
    ) AS orphaned
  ) AS "orphans"
`;

const staysFor = (next: SQL): SQL =>
  sql`(envelope.kind = 'recovery' OR envelope.salt_id = ${next})`;
