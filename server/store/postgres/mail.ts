import type { ClientBase } from 'pg';
import { type MailStatement, mailSql } from '../mail-sql.ts';
import { compile } from './compile.ts';

const statements = Object.fromEntries(
  Object.entries(mailSql).map(([name, statement]) => [name, compile(name, statement)]),
) as Readonly<Record<MailStatement, ReturnType<typeof compile>>>;

/** Statements on mail addresses and links; those that write run inside a transaction of the caller's. */
export function mailStatements(client: ClientBase) {
  return {
    async run<Row = unknown>(name: MailStatement, values: object): Promise<Row[]> {
      const { rows } = await client.query(statements[name]({ ...values }));
      // Times come as texts, because their type holds more than a number does.
      return rows.map((row: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries(row).map(([member, value]) => [
            member,
            member.endsWith('At') && value !== null ? Number(value) : value,
          ]),
        ),
      ) as Row[];
    },
  };
}
