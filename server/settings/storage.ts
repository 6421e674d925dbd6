import { z } from 'zod';
import { type DatabaseLocation, folderBeside, parseDatabaseUrl } from '../store/location.ts';
import { feature } from './feature.ts';
import { list, wholeNumber } from './fields.ts';
import { serving } from './serving.ts';

/** What is kept, and where. */
interface Storage {
  readonly database: DatabaseLocation;
  /** With PostgreSQL, of each process; those that count for the rate limits are beside them. */
  readonly databaseConnections: number;
  /** The folder of files of our own: beside the SQLite database, else `data`. */
  readonly dataFolder: string;
  /** The current secret first, then older ones that still open what they sealed. Empty: make one. */
  readonly secrets: readonly string[];
  readonly auditRetentionDays: number;
}

const location = z.string().transform((text, context) => {
  try {
    return parseDatabaseUrl(text);
  } catch {
    context.addIssue('expected file:PATH or postgres://…');
    return z.NEVER;
  }
});

export const storage = feature({
  fields: {
    DATABASE_URL: location.default({ kind: 'file', path: 'data/latchkey.db' }),
    DATABASE_CONNECTIONS: wholeNumber(1, 1000).default(16),
    SECRET: list(z.string().min(32, 'expected at least 32 characters')),
    AUDIT_RETENTION_DAYS: wholeNumber(1, 3650).default(365),
  },
  reads: { NODE_ENV: serving.fields.NODE_ENV, WORKERS: serving.fields.WORKERS },
  rules: [
    ({ SECRET, NODE_ENV }) =>
      SECRET.length === 0 && NODE_ENV === 'production' ? 'SECRET: required in production' : null,
    ({ SECRET, DATABASE_URL }) =>
      SECRET.length === 0 && DATABASE_URL.kind === 'postgres'
        ? 'SECRET: required with PostgreSQL, because all nodes share it'
        : null,
    ({ DATABASE_URL, WORKERS }) =>
      DATABASE_URL.kind === 'memory' && WORKERS > 1
        ? 'WORKERS: a database in memory is that of one process'
        : null,
  ],
  settings: (values): Storage => ({
    database: values.DATABASE_URL,
    databaseConnections: values.DATABASE_CONNECTIONS,
    dataFolder: folderBeside(values.DATABASE_URL),
    secrets: values.SECRET,
    auditRetentionDays: values.AUDIT_RETENTION_DAYS,
  }),
});
