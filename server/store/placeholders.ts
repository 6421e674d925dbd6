import { getTableColumns, type Placeholder, sql, type Table } from 'drizzle-orm';

/** One placeholder a column, under the name that the schema gives it. */
export function everyColumn<Of extends Table>(
  table: Of,
): { [Name in keyof Of['$inferSelect']]: Placeholder } {
  const names = Object.keys(getTableColumns(table));
  return Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as {
    [Name in keyof Of['$inferSelect']]: Placeholder;
  };
}
