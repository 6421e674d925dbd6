import { startPostgres } from './postgres.ts';

/** For vitest, once a run: the PostgreSQL of all test processes, if `TEST_DATABASE` asks for it. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TEST_DATABASE'] !== 'postgres') return undefined;
  const server = await startPostgres({ durable: false });
  // Test processes inherit the environment.
  process.env['TEST_POSTGRES'] = await server.template();
  return () => server.remove();
}
