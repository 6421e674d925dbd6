import type { Database } from 'better-sqlite3';
import { Column, is, Param, Placeholder } from 'drizzle-orm';

type Values = Readonly<Record<string, unknown>>;
interface Written {
  toSQL(): { sql: string; params: unknown[] };
}

/**
 * A statement that drizzle writes and better-sqlite3 runs: for the few that every sign-in needs. Which
 * value goes where, and how its column spells it, is found out once and not at each call.
 *
 * Values are named as the placeholders are.
 */
export function compile(database: Database, query: Written): (values: Values) => number {
  const { sql, params } = query.toSQL();
  const statement = database.prepare<unknown[]>(sql);
  const places = params.map(readPlace);
  return (values) => statement.run(inOrder(places, values)).changes;
}

/**
 * The same for one that reads: rows have the shape of `fields`, which are those of the query, in order.
 */
export function compileSelect<Row>(
  database: Database,
  query: Written,
  fields: Fields,
): (values: Values) => Row[] {
  const { sql, params } = query.toSQL();
  const statement = database.prepare<unknown[], unknown[]>(sql).raw();
  const places = params.map(readPlace);
  const read = readerOf(fields, { next: 0 });
  return (values) => statement.all(inOrder(places, values)).map(read) as Row[];
}

/** The same for one whose rows are read as they come. */
export function compileRows(database: Database, query: Written): (values: Values) => unknown[] {
  const { sql, params } = query.toSQL();
  const statement = database.prepare<unknown[]>(sql);
  const places = params.map(readPlace);
  return (values) => {
    const given = inOrder(places, values);
    if (statement.reader) return statement.all(given);
    statement.run(given);
    return [];
  };
}

/** Where one parameter of the statement comes from. */
type Place = (values: Values) => unknown;

function readPlace(param: unknown): Place {
  const encoder = is(param, Param) ? param.encoder : null;
  const placeholder = is(param, Param) ? param.value : param;
  // What is no placeholder is the same at every call, and drizzle has spelled it already.
  if (!is(placeholder, Placeholder)) return () => param;
  const name = String(placeholder.name);
  if (encoder === null || leavesAsIs(encoder.mapToDriverValue)) return (values) => values[name];
  return (values) => (values[name] === null ? null : encoder.mapToDriverValue(values[name]));
}

/** What columns of plain texts and numbers inherit. */
function leavesAsIs(map: unknown): boolean {
  return map === Column.prototype.mapFromDriverValue || map === Column.prototype.mapToDriverValue;
}

function inOrder(places: readonly Place[], values: Values): unknown[] {
  return places.map((place) => place(values));
}

export type Fields = { readonly [name: string]: Column | Fields };
type Reader = (row: readonly unknown[]) => unknown;

function readerOf(fields: Fields, position: { next: number }): Reader {
  const readers = Object.entries(fields).map(([name, field]): [string, Reader] => {
    if (!is(field, Column)) return [name, readerOf(field, position)];
    const index = position.next++;
    if (leavesAsIs(field.mapFromDriverValue)) return [name, (row) => row[index]];
    return [
      name,
      (row) => (row[index] === null ? null : field.mapFromDriverValue(row[index] as never)),
    ];
  });
  return (row) => {
    const record: Record<string, unknown> = {};
    for (const [name, read] of readers) record[name] = read(row);
    return record;
  };
}
