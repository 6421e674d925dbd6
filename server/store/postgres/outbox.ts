import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { ClientBase } from 'pg';
import type { Message, NewMessage } from '../../records/outbox.ts';
import type { WrittenNotice } from '../notices.ts';
import { type FailedMessage, messagesAtOnce } from '../outbox.ts';
import { compile } from './compile.ts';
import { settleAll } from './settle-all.ts';

const $ = (name: string) => sql.placeholder(name);

/** What the column of the IDs takes. */
const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const insert = compile(
  'insert_message',
  sql`INSERT INTO outbox (id, channel, subject, recipient, message, created_at, due_at)
    VALUES (${$('id')}, ${$('channel')}, ${$('subject')}, ${$('recipient')}, ${$('message')}, ${$('createdAt')}, ${$('dueAt')})`,
);
const tell = compile(
  'insert_notice',
  sql`INSERT INTO outbox (id, channel, subject, recipient, message, created_at, due_at)
    SELECT ${$('id')}::uuid, 'mail', user_id, address, ${$('message')}::text, ${$('now')}::bigint,
      ${$('now')}::bigint
    FROM recovery_addresses WHERE user_id = ${$('userId')}`,
);
const take = compile(
  'take_messages',
  sql`UPDATE outbox SET due_at = ${$('until')}, attempts = attempts + 1
    WHERE id IN (
      SELECT id FROM outbox
      WHERE failure IS NULL AND channel = ${$('channel')} AND due_at <= ${$('now')}
      ORDER BY due_at LIMIT ${sql.raw(String(messagesAtOnce))} FOR UPDATE SKIP LOCKED
    )
    RETURNING id, channel, subject, recipient, message, created_at::float8 AS "createdAt", attempts`,
);
const remove = compile('remove_message', sql`DELETE FROM outbox WHERE id = ${$('id')}`);
const postpone = compile(
  'postpone_message',
  sql`UPDATE outbox SET due_at = ${$('dueAt')} WHERE id = ${$('id')} AND attempts = ${$('attempts')}`,
);
const giveUp = compile(
  'give_up_message',
  sql`UPDATE outbox SET failure = ${$('failure')} WHERE id = ${$('id')} AND attempts = ${$('attempts')}`,
);
const listFailed = compile(
  'list_failed_messages',
  sql`SELECT id, channel, subject, recipient, message, created_at::float8 AS "createdAt", attempts, failure
    FROM outbox WHERE failure IS NOT NULL ORDER BY created_at DESC LIMIT ${$('limit')}`,
);
const again = sql`UPDATE outbox SET failure = NULL, created_at = ${$('at')}, due_at = ${$('at')}
  WHERE failure IS NOT NULL`;
const retryAll = compile('retry_messages', again);
const retryOne = compile('retry_message', sql`${again} AND id = ${$('id')}`);

/** Statements on the outbox; those that write run inside a transaction of the caller's. */
export function outboxStatements(client: ClientBase) {
  let hasNew = false;
  return {
    async add(messages: readonly NewMessage[]): Promise<void> {
      if (messages.length > 0) hasNew = true;
      await settleAll(
        messages.map((each) =>
          client.query(insert({ recipient: null, ...each, id: randomUUID() })),
        ),
      );
    },
    /** Tells the owners who have an address. */
    async notify(notices: readonly WrittenNotice[]): Promise<void> {
      const told = await settleAll(
        notices.map((notice) => client.query(tell({ ...notice, id: randomUUID() }))),
      );
      if (told.some(({ rowCount }) => rowCount !== 0)) hasNew = true;
    },
    /** Whether messages were added since the last time that this was asked. */
    takeNews(): boolean {
      const had = hasNew;
      hasNew = false;
      return had;
    },

    take: async (channel: Message['channel'], now: number, leaseMs: number): Promise<Message[]> =>
      (await client.query<Message>(take({ channel, now, until: now + leaseMs }))).rows,
    async remove({ id }: Pick<Message, 'id'>): Promise<void> {
      await client.query(remove({ id }));
    },
    async postpone({ id, attempts }: Pick<Message, 'id' | 'attempts'>, dueAt: number) {
      await client.query(postpone({ id, attempts, dueAt }));
    },
    async giveUp({ id, attempts }: Pick<Message, 'id' | 'attempts'>, failure: string) {
      await client.query(giveUp({ id, attempts, failure }));
    },
    listFailed: async (limit: number): Promise<FailedMessage[]> =>
      (await client.query<FailedMessage>(listFailed({ limit }))).rows,
    async retry(id: string | null, at: number): Promise<number> {
      if (id !== null && !uuid.test(id)) return 0;
      const statement = id === null ? retryAll({ at }) : retryOne({ id, at });
      return (await client.query(statement)).rowCount ?? 0;
    },
  };
}
