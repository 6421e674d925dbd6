import { and, asc, eq, gt, lte, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import type { ClientBase } from 'pg';
import { recordedEntry } from '../audit-row.ts';
import { auditFields, columnsOf, operatorEntryFields } from '../columns.ts';
import { type FeedEntry, mergeFeed, placedAtOnce } from '../feed.ts';
import { noSuchPosition } from '../refusals.ts';
import { compile } from './compile.ts';
import { auditEntries, auditFeed, operatorEntries } from './schema.ts';

const $ = (name: string) => sql.placeholder(name);
const atOnce = sql.raw(String(placedAtOnce));

const begin = compile(
  'begin_feed',
  sql`INSERT INTO audit_feed VALUES (1, 0) ON CONFLICT DO NOTHING`,
);
/** A statement of its own: those that follow see what the one before in this place has committed. */
const hold = compile('hold_feed', sql`SELECT last FROM audit_feed WHERE id = 1 FOR UPDATE`);
const placeAudits = compile(
  'place_audits',
  sql`UPDATE audit_entries SET position = placed.position FROM (
    SELECT user_id, id, ${$('last')}::bigint + row_number() OVER (ORDER BY at, id) AS position FROM (
      SELECT user_id, id, at FROM audit_entries WHERE security AND position IS NULL
      ORDER BY at, id LIMIT ${atOnce}
    ) AS fresh
  ) AS placed WHERE audit_entries.user_id = placed.user_id AND audit_entries.id = placed.id
  RETURNING audit_entries.position`,
);
const placeActs = compile(
  'place_acts',
  sql`UPDATE operator_entries SET position = placed.position FROM (
    SELECT id, ${$('last')}::bigint + row_number() OVER (ORDER BY at, id) AS position FROM (
      SELECT id, at FROM operator_entries WHERE position IS NULL ORDER BY at, id LIMIT ${atOnce}
    ) AS fresh
  ) AS placed WHERE operator_entries.id = placed.id
  RETURNING operator_entries.position`,
);
const move = compile('move_feed', sql`UPDATE audit_feed SET last = ${$('last')} WHERE id = 1`);

/** Statements on the positions of entries. */
export function feedStatements(client: ClientBase, db: NodePgDatabase) {
  const within = (position: typeof auditEntries.position | typeof operatorEntries.position) =>
    and(gt(position, sql`${$('after')}::bigint`), lte(position, sql`${$('last')}::bigint`));
  const audits = db
    .select({ position: auditEntries.position, entry: columnsOf(auditEntries, auditFields) })
    .from(auditEntries)
    .where(within(auditEntries.position))
    .orderBy(asc(auditEntries.position))
    .limit($('limit'))
    .prepare('feed_audits');
  const acts = db
    .select({
      position: operatorEntries.position,
      entry: columnsOf(operatorEntries, operatorEntryFields),
    })
    .from(operatorEntries)
    .where(within(operatorEntries.position))
    .orderBy(asc(operatorEntries.position))
    .limit($('limit'))
    .prepare('feed_acts');
  const head = db
    .select({ last: auditFeed.last })
    .from(auditFeed)
    .where(eq(auditFeed.id, 1))
    .prepare('feed_head');

  /** The positions that were given: what was deleted meanwhile has none. */
  async function placed(statement: ReturnType<typeof placeAudits>): Promise<number[]> {
    const { rows } = await client.query<{ position: string }>(statement);
    return rows.map(({ position }) => Number(position));
  }

  return {
    /** Gives positions to entries that have none, in a transaction of the caller's; true if there may be more. */
    async place(): Promise<boolean> {
      await client.query(begin({}));
      const { rows } = await client.query<{ last: string }>(hold({}));
      const last = Number(rows[0]?.last ?? 0);
      const audits = await placed(placeAudits({ last }));
      const audited = Math.max(last, ...audits);
      const acts = await placed(placeActs({ last: audited }));
      const all = Math.max(audited, ...acts);
      if (all > last) await client.query(move({ last: all }));
      return audits.length === placedAtOnce || acts.length === placedAtOnce;
    },

    /** Up to the position that was given last when it began: what was given later may be in sight in part. */
    async read(after: number, limit: number): Promise<FeedEntry[]> {
      const last = (await head.execute())[0]?.last ?? 0;
      if (after > last) throw noSuchPosition();
      const entries = (await audits.execute({ after, last, limit })).map(({ position, entry }) => ({
        position: Number(position),
        entry: recordedEntry(entry),
      }));
      const others = (await acts.execute({ after, last, limit })).map(({ position, entry }) => ({
        position: Number(position),
        entry,
      }));
      return mergeFeed(entries, others, limit);
    },
  };
}
