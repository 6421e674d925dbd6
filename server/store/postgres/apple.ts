import { and, asc, count, desc, eq, min, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { ClientBase } from 'pg';
import {
  type AppleAddress,
  type AppleArrival,
  type AppleEvent,
  type AppleLink,
  type ApplePerson,
  type KnownAddress,
  keptTokens,
  type StoredToken,
} from '../../records/apple.ts';
import { checksAtOnce, type DueAppleCheck } from '../apple.ts';
import { newLink } from '../apple-rows.ts';
import { addressFields, appleLinkFields, columnsOf } from '../columns.ts';
import { everyColumn } from '../placeholders.ts';
import { compile } from './compile.ts';
import { appleAddresses, appleLinks, appleNotifications, appleTokens } from './schema.ts';

const $ = (name: string) => sql.placeholder(name);
const linkColumns = columnsOf(appleLinks, appleLinkFields);

const arrive = compile(
  'arrive_with_apple',
  sql`UPDATE apple_links SET
    state = 'active',
    state_changed_at = CASE state WHEN 'active' THEN state_changed_at ELSE ${$('at')}::bigint END,
    given_name = coalesce(given_name, ${$('givenName')}::text),
    family_name = coalesce(family_name, ${$('familyName')}::text),
    last_used_at = ${$('at')}::bigint,
    told_at = greatest(told_at, ${$('toldAt')}::bigint),
    check_due_at = coalesce(${$('checkDueAt')}::bigint, check_due_at)
  WHERE team = ${$('team')} AND sub = ${$('sub')}`,
);
const saw = compile(
  'saw_apple_address',
  sql`INSERT INTO apple_addresses (team, sub, email, is_verified, is_private, first_seen_at, last_seen_at)
  VALUES (
    ${$('team')}, ${$('sub')}, ${$('email')}, ${$('isVerified')}, ${$('isPrivate')}, ${$('at')}, ${$('at')}
  )
  ON CONFLICT (team, sub, email) DO UPDATE SET
    is_verified = excluded.is_verified, is_private = excluded.is_private, last_seen_at = excluded.last_seen_at`,
);
const trimTokens = compile(
  'trim_apple_tokens',
  sql`DELETE FROM apple_tokens WHERE id IN (
    SELECT id FROM apple_tokens WHERE team = ${$('team')} AND sub = ${$('sub')}
    ORDER BY created_at DESC, id DESC OFFSET ${sql.raw(String(keptTokens))}
  )`,
);
const endSessions = compile(
  'end_apple_sessions',
  sql`DELETE FROM sessions
  WHERE user_id = ${$('userId')} AND method = 'apple' AND id <> ${$('keep')}`,
);
/** Whatever a passkey opened names it. */
const endGrants = compile(
  'end_apple_grants',
  sql`DELETE FROM oidc_records
  WHERE user_id = ${$('userId')} AND model <> 'Consent' AND credential_id IS NULL
    AND lineage NOT IN (
      SELECT coalesce(succeeds, id) FROM sessions WHERE sessions.user_id = ${$('userId')}
    )`,
);
const revoke = compile(
  'revoke_apple_link',
  sql`UPDATE apple_links SET state = 'revoked', state_changed_at = ${$('at')}, told_at = ${$('eventAt')},
    check_due_at = NULL
  WHERE team = ${$('team')} AND sub = ${$('sub')} AND told_at <= ${$('eventAt')}`,
);
const setForwarding = compile(
  'set_apple_forwarding',
  sql`UPDATE apple_addresses SET disabled_at = ${$('disabledAt')}::bigint, told_at = ${$('eventAt')}
  WHERE team = ${$('team')} AND sub = ${$('sub')} AND told_at <= ${$('eventAt')}
    AND CASE WHEN ${$('email')}::text IS NULL THEN is_private ELSE email = ${$('email')}::text END`,
);
const takeChecks = compile(
  'take_apple_checks',
  sql`UPDATE apple_links SET check_due_at = ${$('until')}
  WHERE (team, sub) IN (
    SELECT team, sub FROM apple_links WHERE check_due_at <= ${$('now')}
    ORDER BY check_due_at LIMIT ${sql.raw(String(checksAtOnce))} FOR UPDATE SKIP LOCKED
  )
  RETURNING team, sub, user_id AS "userId"`,
);
const settleCheck = compile(
  'settle_apple_check',
  sql`UPDATE apple_links SET check_due_at = CASE WHEN EXISTS (
    SELECT 1 FROM apple_tokens AS left_ones
    WHERE left_ones.team = apple_links.team AND left_ones.sub = apple_links.sub
  ) THEN ${$('dueAt')}::bigint END
  WHERE team = ${$('team')} AND sub = ${$('sub')}
  RETURNING last_used_at::float8 AS "lastUsedAt"`,
);
const forgetToken = compile(
  'forget_apple_token',
  sql`DELETE FROM apple_tokens WHERE id = ${$('id')} AND team = ${$('team')} AND sub = ${$('sub')}`,
);
const reseal = compile(
  'reseal_apple_token',
  sql`UPDATE apple_tokens SET sealed = ${$('sealed')}
  WHERE id = ${$('id')} AND team = ${$('team')} AND sub = ${$('sub')}`,
);
const keepTransferSub = compile(
  'keep_apple_transfer_sub',
  sql`UPDATE apple_links SET transfer_sub = ${$('transferSub')}, transferred_at = ${$('at')}
  WHERE team = ${$('team')} AND sub = ${$('sub')}`,
);

/** Statements on links with Apple; those that write run inside a transaction of the caller's. */
export function appleStatements(client: ClientBase, db: NodePgDatabase) {
  const links = () => db.select(linkColumns).from(appleLinks);
  const isLink = and(eq(appleLinks.team, $('team')), eq(appleLinks.sub, $('sub')));
  const find = links()
    .where(and(sql`${appleLinks.team} = ANY(${$('teams')}::text[])`, eq(appleLinks.sub, $('sub'))))
    .limit(1)
    .prepare('find_apple_link');
  const handedOver = links()
    .where(eq(appleLinks.transferSub, $('transferSub')))
    .prepare('find_handed_over');
  const ofUser = links()
    .where(eq(appleLinks.userId, $('userId')))
    .orderBy(desc(appleLinks.createdAt), asc(appleLinks.team))
    .prepare('list_apple_links');
  const page = links()
    .where(and(eq(appleLinks.team, $('team')), sql`${appleLinks.sub} > ${$('after')}`))
    .orderBy(asc(appleLinks.sub))
    .limit($('limit'))
    .prepare('page_apple_links');
  const known = db
    .select(columnsOf(appleAddresses, addressFields))
    .from(appleAddresses)
    .where(and(eq(appleAddresses.team, $('team')), eq(appleAddresses.sub, $('sub'))))
    .orderBy(desc(appleAddresses.lastSeenAt), asc(appleAddresses.email))
    .prepare('list_apple_addresses');
  const tokens = db
    .select(columnsOf(appleTokens, ['id', 'clientId', 'sealed']))
    .from(appleTokens)
    .where(and(eq(appleTokens.team, $('team')), eq(appleTokens.sub, $('sub'))))
    .orderBy(desc(appleTokens.createdAt), desc(appleTokens.id))
    .prepare('list_apple_tokens');
  const insertLink = db
    .insert(appleLinks)
    .values(everyColumn(appleLinks))
    .onConflictDoNothing()
    .prepare('insert_apple_link');
  const insertToken = db
    .insert(appleTokens)
    .values(everyColumn(appleTokens))
    .prepare('insert_apple_token');
  const countActive = db
    .select({ held: count() })
    .from(appleLinks)
    .where(
      and(
        eq(appleLinks.userId, $('userId')),
        eq(appleLinks.state, 'active'),
        sql`${appleLinks.team} = ANY(${$('teams')}::text[])`,
      ),
    )
    .prepare('count_apple_links');
  const removeAll = db
    .delete(appleLinks)
    .where(eq(appleLinks.userId, $('userId')))
    .prepare('remove_apple_links');
  const removeTokens = db
    .delete(appleTokens)
    .where(and(eq(appleTokens.team, $('team')), eq(appleTokens.sub, $('sub'))))
    .prepare('remove_apple_tokens');
  const note = db
    .insert(appleNotifications)
    .values(everyColumn(appleNotifications))
    .onConflictDoNothing()
    .prepare('note_apple_notification');
  const overtaken = db
    .select({ sub: appleLinks.sub })
    .from(appleLinks)
    .where(and(isLink, sql`${appleLinks.toldAt} > ${$('eventAt')}::bigint`))
    .prepare('apple_event_overtaken');

  const addresses = ({ team, sub }: ApplePerson): Promise<KnownAddress[]> =>
    known.execute({ team, sub });
  const tokensOf = ({ team, sub }: ApplePerson): Promise<StoredToken[]> =>
    tokens.execute({ team, sub });
  const insert = async (link: ReturnType<typeof newLink>): Promise<boolean> =>
    (await insertLink.execute({ ...link })).rowCount === 1;

  async function see(of: ApplePerson, address: AppleAddress, at: number): Promise<boolean> {
    const before = (await addresses(of))[0]?.email;
    const { email, isVerified, isPrivate } = address;
    await client.query(saw({ team: of.team, sub: of.sub, email, isVerified, isPrivate, at }));
    return before !== undefined && before !== email;
  }

  return {
    find: async (teams: readonly string[], sub: string): Promise<AppleLink | undefined> =>
      (await find.execute({ teams: [...teams], sub }))[0],
    ofUser: (userId: string): Promise<AppleLink[]> => ofUser.execute({ userId }),
    addresses,
    tokensOf,
    /** False if the person or the account is linked in that team already. */
    insert,

    /** The link of a person that another team handed over, if that is who came. */
    findHandedOver: async (transferSub: string): Promise<AppleLink | undefined> =>
      (await handedOver.execute({ transferSub }))[0],

    /** Keeps what the arrival told; resolves to whether the address is another one than before. */
    async arrive({ team, sub }: AppleLink, arrival: AppleArrival): Promise<boolean> {
      const { address, name, token, at, toldAt } = arrival;
      const { givenName = null, familyName = null } = name ?? {};
      const checkDueAt = token === null ? null : arrival.checkDueAt;
      await client.query(arrive({ team, sub, at, toldAt, givenName, familyName, checkDueAt }));
      if (token !== null) {
        await insertToken.execute({ ...token, team, sub, createdAt: at });
        await client.query(trimTokens({ team, sub }));
      }
      return address !== null && (await see({ team, sub }, address, at));
    },

    countActive: async (userId: string, teams: readonly string[]): Promise<number> =>
      (await countActive.execute({ userId, teams: [...teams] }))[0]?.held ?? 0,

    removeAll: async (userId: string): Promise<number> =>
      (await removeAll.execute({ userId })).rowCount ?? 0,

    /** Ends what Apple opened, and what apps got through it. */
    async endSessions(userId: string, keep: string): Promise<void> {
      await client.query(endSessions({ userId, keep }));
      await client.query(endGrants({ userId }));
    },

    /** False if it was told before. */
    noteNotification: async (jti: string, expiresAt: number): Promise<boolean> =>
      (await note.execute({ jti, expiresAt })).rowCount === 1,

    /** False if something that Apple told later is known. */
    async revoke({ team, sub }: AppleLink, at: number, eventAt: number): Promise<boolean> {
      const { rowCount } = await client.query(revoke({ team, sub, at, eventAt }));
      // Apple has ended them already.
      if (rowCount === 1) await removeTokens.execute({ team, sub });
      return rowCount === 1;
    },
    isOvertaken: async ({ team, sub }: AppleLink, eventAt: number): Promise<boolean> =>
      (await overtaken.execute({ team, sub, eventAt })).length > 0,

    /** Without an address, it is about the one of the relay. False if nothing changed. */
    async setForwarding(
      { team, sub }: AppleLink,
      { type, email }: Extract<AppleEvent, { email: unknown }>,
      eventAt: number,
    ): Promise<boolean> {
      const disabledAt = type === 'email-disabled' ? eventAt : null;
      const values = { team, sub, email, disabledAt, eventAt };
      return ((await client.query(setForwarding(values))).rowCount ?? 0) > 0;
    },

    async takeChecks(now: number, until: number): Promise<DueAppleCheck[]> {
      const { rows } = await client.query<Omit<DueAppleCheck, 'tokens'>>(
        takeChecks({ now, until }),
      );
      const taken: DueAppleCheck[] = [];
      for (const link of rows) taken.push({ ...link, tokens: await tokensOf(link) });
      return taken;
    },
    /** Resolves to when the link was used last, or null if it is gone. */
    async settleCheck(
      { team, sub }: ApplePerson,
      found: { gone: readonly string[]; resealed: readonly StoredToken[]; dueAt: number },
    ): Promise<number | null> {
      for (const id of found.gone) await client.query(forgetToken({ team, sub, id }));
      for (const { id, sealed } of found.resealed) {
        await client.query(reseal({ team, sub, id, sealed }));
      }
      const { rows } = await client.query<{ lastUsedAt: number }>(
        settleCheck({ team, sub, dueAt: found.dueAt }),
      );
      return rows[0]?.lastUsedAt ?? null;
    },

    list: (team: string, after: string, limit: number): Promise<AppleLink[]> =>
      page.execute({ team, after, limit }),
    async keepTransferSub({ team, sub }: ApplePerson, transferSub: string, at: number) {
      await client.query(keepTransferSub({ team, sub, transferSub, at }));
    },
    async receive(
      link: AppleLink,
      to: ApplePerson,
      address: AppleAddress | null,
      at: number,
    ): Promise<boolean> {
      const { state, stateChangedAt, createdAt, lastUsedAt, givenName, familyName } = link;
      const isNew = await insert({
        ...newLink(link.userId, { teams: [to.team], sub: to.sub, name: null, at, toldAt: 0 }),
        ...{ state, stateChangedAt, createdAt, lastUsedAt, givenName, familyName },
      });
      if (isNew && address !== null) await see(to, address, at);
      return isNew;
    },
    counts: () =>
      db
        .select({
          team: appleLinks.team,
          links: count(),
          exported: count(appleLinks.transferSub),
          received: sql<number>`count(*) FILTER (WHERE ${appleLinks.transferSub} IS NOT NULL AND EXISTS (
            SELECT 1 FROM apple_links AS other
            WHERE other.user_id = apple_links.user_id AND other.team <> apple_links.team
          ))::int`,
          firstExportAt: min(appleLinks.transferredAt),
        })
        .from(appleLinks)
        .groupBy(appleLinks.team)
        .orderBy(asc(appleLinks.team)),
  };
}
