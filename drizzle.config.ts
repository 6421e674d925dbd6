/** `npm run migrations` writes the next SQLite migration from the schema. */
export default {
  dialect: 'sqlite',
  schema: './server/store/sqlite/schema.ts',
  out: './migrations/sqlite',
};
