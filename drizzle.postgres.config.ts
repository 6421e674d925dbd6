/** `drizzle-kit generate --config drizzle.postgres.config.ts` writes the next PostgreSQL migration. */
export default {
  dialect: 'postgresql',
  schema: './server/store/postgres/schema.ts',
  out: './migrations/postgres',
};
