import { and, asc, count, desc, eq, gt, inArray, lte, min, ne, notInArray, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
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
import {
  appleAddresses,
  appleLinks,
  appleNotifications,
  appleTokens,
  oidcRecords,
  sessions,
} from './schema.ts';

const linkColumns = columnsOf(appleLinks, appleLinkFields);
const addressColumns = columnsOf(appleAddresses, addressFields);
const tokenColumns = columnsOf(appleTokens, ['id', 'clientId', 'sealed']);

/** Statements on links with Apple; those that write run inside a transaction of the caller's. */
export function appleStatements(db: BetterSQLite3Database) {
  const isLink = ({ team, sub }: ApplePerson) =>
    and(eq(appleLinks.team, team), eq(appleLinks.sub, sub));
  const ofLink = ({ team, sub }: ApplePerson) =>
    and(eq(appleTokens.team, team), eq(appleTokens.sub, sub));
  const addressOf = ({ team, sub }: ApplePerson) =>
    and(eq(appleAddresses.team, team), eq(appleAddresses.sub, sub));

  const find = (teams: readonly string[], sub: string): AppleLink | undefined =>
    db
      .select(linkColumns)
      .from(appleLinks)
      .where(and(inArray(appleLinks.team, [...teams]), eq(appleLinks.sub, sub)))
      .get();
  const addresses = (of: ApplePerson): KnownAddress[] =>
    db
      .select(addressColumns)
      .from(appleAddresses)
      .where(addressOf(of))
      .orderBy(desc(appleAddresses.lastSeenAt), asc(appleAddresses.email))
      .all();
  const tokensOf = (of: ApplePerson): StoredToken[] =>
    db
      .select(tokenColumns)
      .from(appleTokens)
      .where(ofLink(of))
      .orderBy(desc(appleTokens.createdAt), desc(appleTokens.id))
      .all();
  const ofUser = (userId: string): AppleLink[] =>
    db
      .select(linkColumns)
      .from(appleLinks)
      .where(eq(appleLinks.userId, userId))
      .orderBy(desc(appleLinks.createdAt), asc(appleLinks.team))
      .all();

  /** False if the person or the account is linked in that team already. */
  const insert = (link: ReturnType<typeof newLink>): boolean =>
    db.insert(appleLinks).values(link).onConflictDoNothing().run().changes === 1;

  function saw(of: ApplePerson, address: AppleAddress, at: number): boolean {
    const before = addresses(of)[0]?.email;
    const { isVerified, isPrivate } = address;
    db.insert(appleAddresses)
      .values({ team: of.team, sub: of.sub, ...address, firstSeenAt: at, lastSeenAt: at })
      .onConflictDoUpdate({
        target: [appleAddresses.team, appleAddresses.sub, appleAddresses.email],
        set: { isVerified, isPrivate, lastSeenAt: at },
      })
      .run();
    return before !== undefined && before !== address.email;
  }

  function keepToken({ team, sub }: ApplePerson, token: StoredToken, at: number): void {
    db.insert(appleTokens)
      .values({ ...token, team, sub, createdAt: at })
      .run();
    const surplus = tokensOf({ team, sub }).slice(keptTokens);
    const ids = surplus.map(({ id }) => id);
    if (ids.length > 0) db.delete(appleTokens).where(inArray(appleTokens.id, ids)).run();
  }

  return {
    find,
    ofUser,
    addresses,
    tokensOf,
    insert,

    /** The link of a person that another team handed over, if that is who came. */
    findHandedOver: (transferSub: string): AppleLink | undefined =>
      db.select(linkColumns).from(appleLinks).where(eq(appleLinks.transferSub, transferSub)).get(),

    /** Keeps what the arrival told; returns whether the address is another one than before. */
    arrive(link: AppleLink, { address, name, token, at, toldAt, checkDueAt }: AppleArrival) {
      db.update(appleLinks)
        .set({
          state: 'active',
          stateChangedAt: link.state === 'active' ? link.stateChangedAt : at,
          givenName: link.givenName ?? name?.givenName ?? null,
          familyName: link.familyName ?? name?.familyName ?? null,
          lastUsedAt: at,
          toldAt: sql`max(${appleLinks.toldAt}, ${toldAt})`,
          ...(token !== null && { checkDueAt }),
        })
        .where(isLink(link))
        .run();
      if (token !== null) keepToken(link, token, at);
      return address !== null && saw(link, address, at);
    },

    countActive: (userId: string, teams: readonly string[]): number =>
      db
        .select({ left: count() })
        .from(appleLinks)
        .where(
          and(
            eq(appleLinks.userId, userId),
            eq(appleLinks.state, 'active'),
            inArray(appleLinks.team, [...teams]),
          ),
        )
        .get()?.left ?? 0,

    removeAll: (userId: string): number =>
      db.delete(appleLinks).where(eq(appleLinks.userId, userId)).run().changes,

    /** Ends what Apple opened, and what apps got through it. */
    endSessions(userId: string, keep: string | null): number {
      const { changes } = db
        .delete(sessions)
        .where(
          and(
            eq(sessions.userId, userId),
            eq(sessions.method, 'apple'),
            keep === null ? undefined : ne(sessions.id, keep),
          ),
        )
        .run();
      const open = db
        .select({ lineage: sql`coalesce(${sessions.succeeds}, ${sessions.id})` })
        .from(sessions)
        .where(eq(sessions.userId, userId));
      // Whatever a passkey opened names it.
      db.delete(oidcRecords)
        .where(
          and(
            eq(oidcRecords.userId, userId),
            ne(oidcRecords.model, 'Consent'),
            sql`${oidcRecords.credentialId} IS NULL`,
            notInArray(oidcRecords.lineage, open),
          ),
        )
        .run();
      return changes;
    },

    /** False if it was told before. */
    noteNotification: (jti: string, expiresAt: number): boolean =>
      db.insert(appleNotifications).values({ jti, expiresAt }).onConflictDoNothing().run()
        .changes === 1,

    /** False if something that Apple told later is known. */
    revoke(link: AppleLink, at: number, eventAt: number): boolean {
      const { changes } = db
        .update(appleLinks)
        .set({ state: 'revoked', stateChangedAt: at, toldAt: eventAt, checkDueAt: null })
        .where(and(isLink(link), lte(appleLinks.toldAt, eventAt)))
        .run();
      // Apple has ended them already.
      if (changes === 1) db.delete(appleTokens).where(ofLink(link)).run();
      return changes === 1;
    },
    isOvertaken: (link: AppleLink, eventAt: number): boolean =>
      db
        .select({ sub: appleLinks.sub })
        .from(appleLinks)
        .where(and(isLink(link), gt(appleLinks.toldAt, eventAt)))
        .get() !== undefined,

    /** Without an address, it is about the one of the relay. False if nothing changed. */
    setForwarding(
      link: AppleLink,
      { type, email }: Extract<AppleEvent, { email: unknown }>,
      eventAt: number,
    ): boolean {
      const { changes } = db
        .update(appleAddresses)
        .set({ disabledAt: type === 'email-disabled' ? eventAt : null, toldAt: eventAt })
        .where(
          and(
            addressOf(link),
            lte(appleAddresses.toldAt, eventAt),
            email === null ? appleAddresses.isPrivate : eq(appleAddresses.email, email),
          ),
        )
        .run();
      return changes > 0;
    },

    takeChecks(now: number, until: number): DueAppleCheck[] {
      const due = db
        .select({ team: appleLinks.team, sub: appleLinks.sub })
        .from(appleLinks)
        .where(lte(appleLinks.checkDueAt, now))
        .orderBy(asc(appleLinks.checkDueAt))
        .limit(checksAtOnce);
      const taken = db
        .update(appleLinks)
        .set({ checkDueAt: until })
        .where(sql`(${appleLinks.team}, ${appleLinks.sub}) IN ${due}`)
        .returning({ team: appleLinks.team, sub: appleLinks.sub, userId: appleLinks.userId })
        .all();
      return taken.map((link) => ({ ...link, tokens: tokensOf(link) }));
    },
    /** Returns when the link was used last, or null if it is gone. */
    settleCheck(
      of: ApplePerson,
      {
        gone,
        resealed,
        dueAt,
      }: { gone: readonly string[]; resealed: readonly StoredToken[]; dueAt: number },
    ): number | null {
      for (const id of gone) {
        db.delete(appleTokens)
          .where(and(ofLink(of), eq(appleTokens.id, id)))
          .run();
      }
      for (const { id, sealed } of resealed) {
        db.update(appleTokens)
          .set({ sealed })
          .where(and(ofLink(of), eq(appleTokens.id, id)))
          .run();
      }
      const checkDueAt = tokensOf(of).length === 0 ? null : dueAt;
      const [link] = db
        .update(appleLinks)
        .set({ checkDueAt })
        .where(isLink(of))
        .returning({ lastUsedAt: appleLinks.lastUsedAt })
        .all();
      return link?.lastUsedAt ?? null;
    },

    list: (team: string, after: string, limit: number): AppleLink[] =>
      db
        .select(linkColumns)
        .from(appleLinks)
        .where(and(eq(appleLinks.team, team), gt(appleLinks.sub, after)))
        .orderBy(asc(appleLinks.sub))
        .limit(limit)
        .all(),
    keepTransferSub(of: ApplePerson, transferSub: string, at: number): void {
      db.update(appleLinks).set({ transferSub, transferredAt: at }).where(isLink(of)).run();
    },
    receive(from: ApplePerson, to: ApplePerson, address: AppleAddress | null, at: number): boolean {
      const link = find([from.team], from.sub);
      if (link === undefined) return false;
      const { state, stateChangedAt, createdAt, lastUsedAt, givenName, familyName } = link;
      const isNew = insert({
        ...newLink(link.userId, { teams: [to.team], sub: to.sub, name: null, at, toldAt: 0 }),
        ...{ state, stateChangedAt, createdAt, lastUsedAt, givenName, familyName },
      });
      if (isNew && address !== null) saw(to, address, at);
      return isNew;
    },
    counts: () => {
      const known = sql`EXISTS (
        SELECT 1 FROM ${appleLinks} AS other
        WHERE other.user_id = apple_links.user_id AND other.team <> apple_links.team
      )`;
      return db
        .select({
          team: appleLinks.team,
          links: count(),
          exported: count(appleLinks.transferSub),
          received: sql<number>`sum(CASE WHEN ${appleLinks.transferSub} IS NOT NULL AND ${known} THEN 1 ELSE 0 END)`,
          firstExportAt: min(appleLinks.transferredAt),
        })
        .from(appleLinks)
        .groupBy(appleLinks.team)
        .orderBy(asc(appleLinks.team))
        .all();
    },
  };
}
