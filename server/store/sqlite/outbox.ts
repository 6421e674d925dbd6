import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { and, asc, desc, eq, getTableColumns, lte, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Message, NewMessage } from '../../records/outbox.ts';
import type { WrittenNotice } from '../notices.ts';
import { type FailedMessage, messagesAtOnce } from '../outbox.ts';
import { everyColumn } from '../placeholders.ts';
import { compile } from './compile.ts';
import { outbox } from './schema.ts';

const { dueAt: _due, failure: _failure, ...told } = getTableColumns(outbox);

const $ = (name: string) => sql.placeholder(name);

/** Written as in their indexes, or the planner does not see that it may use them. */
const waits = sql`failure IS NULL`;
const failed = sql`failure IS NOT NULL`;

/** Statements on the outbox; those that write run inside a transaction of the caller's. */
export function outboxStatements(db: BetterSQLite3Database, database: Database) {
  const insert = compile(
    database,
    db.insert(outbox).values({ ...everyColumn(outbox), attempts: 0, failure: null }),
  );
  const tell = compile(
    database,
    db.insert(outbox).select(
      sql`SELECT ${$('id')}, 'mail', user_id, address, ${$('message')}, ${$('now')}, ${$('now')}, 0, NULL
        FROM recovery_addresses WHERE user_id = ${$('userId')}`,
    ),
  );
  const attempt = ({ id, attempts }: Pick<Message, 'id' | 'attempts'>) =>
    and(eq(outbox.id, id), eq(outbox.attempts, attempts));
  let hasNew = false;

  return {
    add(messages: readonly NewMessage[]): void {
      for (const message of messages) insert({ recipient: null, ...message, id: randomUUID() });
      if (messages.length > 0) hasNew = true;
    },
    /** Tells the owners who have an address. */
    notify(notices: readonly WrittenNotice[]): void {
      for (const notice of notices) {
        if (tell({ ...notice, id: randomUUID() }) > 0) hasNew = true;
      }
    },
    /** Whether messages were added since the last time that this was asked. */
    takeNews(): boolean {
      const had = hasNew;
      hasNew = false;
      return had;
    },

    take(channel: Message['channel'], now: number, leaseMs: number): Message[] {
      const due = db
        .select({ id: outbox.id })
        .from(outbox)
        .where(and(waits, eq(outbox.channel, channel), lte(outbox.dueAt, now)))
        .orderBy(asc(outbox.dueAt))
        .limit(messagesAtOnce);
      return db
        .update(outbox)
        .set({ dueAt: now + leaseMs, attempts: sql`${outbox.attempts} + 1` })
        .where(sql`${outbox.id} IN ${due}`)
        .returning(told)
        .all();
    },
    remove: ({ id }: Pick<Message, 'id'>): void =>
      void db.delete(outbox).where(eq(outbox.id, id)).run(),
    postpone: (of: Pick<Message, 'id' | 'attempts'>, dueAt: number): void =>
      void db.update(outbox).set({ dueAt }).where(attempt(of)).run(),
    giveUp: (of: Pick<Message, 'id' | 'attempts'>, failure: string): void =>
      void db.update(outbox).set({ failure }).where(attempt(of)).run(),

    listFailed: (limit: number): FailedMessage[] =>
      db
        .select({ ...told, failure: sql<string>`${outbox.failure}` })
        .from(outbox)
        .where(failed)
        .orderBy(desc(outbox.createdAt))
        .limit(limit)
        .all(),
    retry: (id: string | null, at: number): number =>
      db
        .update(outbox)
        .set({ failure: null, createdAt: at, dueAt: at })
        .where(and(failed, id === null ? undefined : eq(outbox.id, id)))
        .run().changes,
  };
}
