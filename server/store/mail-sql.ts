/**
 * The statements on mail addresses, links and waits, in SQL that both dialects read. What decides is in a statement,
 * so that of several at once one gets through.
 */
import { sql } from 'drizzle-orm';

const $ = (name: string) => sql.placeholder(name);
const time = (name: string) => sql`CAST(${$(name)} AS bigint)`;
const text = (name: string) => sql`CAST(${$(name)} AS text)`;

/** A passkey that was used, or that came, since the wait began: whoever it was, the account is not lost. */
const notEnded = sql`NOT EXISTS (
  SELECT 1 FROM credentials WHERE credentials.user_id = recovery_links.user_id
    AND (credentials.last_used_at >= recovery_links.started_at
      OR credentials.created_at > recovery_links.started_at)
)`;

/** A wait goes on in the browser that began it; before that, a link works in any browser that asked for one. */
const inItsBrowser = sql`(
  browser_hash = ${$('browserHash')} OR (browser_hash IS NULL AND EXISTS (
    SELECT 1 FROM recovery_browsers WHERE recovery_browsers.user_id = recovery_links.user_id
      AND recovery_browsers.browser_hash = ${$('browserHash')}
      AND recovery_browsers.expires_at > ${time('now')}
  ))
)`;

const thisLink = sql`token_hash = ${$('tokenHash')} AND expires_at > ${time('now')} AND ${inItsBrowser}`;

export const mailSql = {
  find_address: sql`SELECT address, verified_at AS "verifiedAt" FROM recovery_addresses
    WHERE user_id = ${$('userId')}`,
  find_owners: sql`SELECT users.id AS "userId", users.username AS username,
      recovery_addresses.address AS address
    FROM recovery_addresses JOIN users ON users.id = recovery_addresses.user_id
    WHERE recovery_addresses.address_key = ${$('addressKey')} AND users.disabled_at IS NULL
    LIMIT 5`,
  offer_address: sql`INSERT INTO address_codes
      (user_id, address, address_key, code_hash, tries_left, expires_at)
    VALUES (${$('userId')}, ${$('address')}, ${$('addressKey')}, ${$('codeHash')}, ${$('tries')}, ${$('expiresAt')})
    ON CONFLICT (user_id) DO UPDATE SET address = excluded.address, address_key = excluded.address_key,
      code_hash = excluded.code_hash, tries_left = excluded.tries_left, expires_at = excluded.expires_at`,
  try_address_code: sql`UPDATE address_codes SET tries_left = tries_left - 1
    WHERE user_id = ${$('userId')} AND tries_left > 0 AND expires_at > ${time('now')}
    RETURNING code_hash AS "codeHash"`,
  keep_address: sql`INSERT INTO recovery_addresses (user_id, address, address_key, verified_at)
    SELECT user_id, address, address_key, ${time('now')} FROM address_codes
    WHERE user_id = ${$('userId')}
    ON CONFLICT (user_id) DO UPDATE SET address = excluded.address,
      address_key = excluded.address_key, verified_at = excluded.verified_at`,
  forget_address_code: sql`DELETE FROM address_codes WHERE user_id = ${$('userId')}`,
  remove_address: sql`DELETE FROM recovery_addresses WHERE user_id = ${$('userId')}
    RETURNING user_id AS "userId"`,

  keep_recovery_browser: sql`INSERT INTO recovery_browsers (user_id, browser_hash, expires_at)
    VALUES (${$('userId')}, ${$('browserHash')}, ${$('expiresAt')})
    ON CONFLICT (user_id, browser_hash) DO UPDATE SET expires_at = excluded.expires_at`,
  offer_recovery_link: sql`INSERT INTO recovery_links (token_hash, user_id, created_at, expires_at)
    SELECT ${text('tokenHash')}, ${text('userId')}, ${time('now')}, ${time('expiresAt')}
    WHERE (
      SELECT count(*) FROM recovery_links
      WHERE user_id = ${$('userId')} AND created_at > ${time('since')}
    ) < CAST(${$('limit')} AS bigint)
    ON CONFLICT (token_hash) DO NOTHING`,
  is_recovery_link: sql`SELECT user_id AS "userId" FROM recovery_links
    WHERE token_hash = ${$('tokenHash')} AND started_at IS NULL`,
  find_recovery_link: sql`SELECT user_id AS "userId", opens_at AS "opensAt" FROM recovery_links
    WHERE ${thisLink} AND ${notEnded}`,
  start_recovery_wait: sql`UPDATE recovery_links SET started_at = ${time('now')},
      opens_at = ${$('opensAt')}, expires_at = ${$('expiresAt')},
      browser_hash = ${$('browserHash')}, veto_hash = ${$('vetoHash')}
    WHERE ${thisLink} AND started_at IS NULL
    RETURNING user_id AS "userId"`,
  /** Together with a code. */
  use_recovery_link: sql`DELETE FROM recovery_links WHERE ${thisLink} AND user_id = ${$('userId')}
    RETURNING user_id AS "userId"`,
  /** Alone, after the wait. */
  end_recovery_wait: sql`DELETE FROM recovery_links
    WHERE ${thisLink} AND user_id = ${$('userId')} AND opens_at <= ${time('now')} AND ${notEnded}
    RETURNING user_id AS "userId"`,
  find_recovery_wait: sql`SELECT started_at AS "startedAt", opens_at AS "opensAt" FROM recovery_links
    WHERE user_id = ${$('userId')} AND started_at IS NOT NULL AND expires_at > ${time('now')}
      AND ${notEnded}
    ORDER BY opens_at LIMIT 1`,
  find_by_veto: sql`SELECT user_id AS "userId" FROM recovery_links
    WHERE veto_hash = ${$('vetoHash')} AND expires_at > ${time('now')}`,
  remove_recovery_links: sql`DELETE FROM recovery_links WHERE user_id = ${$('userId')}
    RETURNING started_at AS "startedAt"`,
  remove_recovery_browsers: sql`DELETE FROM recovery_browsers WHERE user_id = ${$('userId')}`,
};

export type MailStatement = keyof typeof mailSql;
