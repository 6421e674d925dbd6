import { dirname } from 'node:path';

/** Where a database is. */
export type DatabaseLocation =
  | { readonly kind: 'memory' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

/**
 * The only reader of `DATABASE_URL`.
 *
 * @param text `file:PATH`, `file::memory:`, `postgres://…` or `postgresql://…`
 * @throws {TypeError} on anything else, which it does not repeat, because it may hold a password
 */
export function parseDatabaseUrl(text: string): DatabaseLocation {
  if (text === 'file::memory:') return { kind: 'memory' };
  if (/^file:./.test(text)) return { kind: 'file', path: text.slice('file:'.length) };
  if (/^postgres(ql)?:\/\/./.test(text)) return { kind: 'postgres', url: text };
  throw new TypeError('expected file:PATH, postgres:// or postgresql://');
}

/** The folder of files that belong beside the database: that of a file, else `data`. */
export function folderBeside(location: DatabaseLocation): string {
  return location.kind === 'file' ? dirname(location.path) : 'data';
}
