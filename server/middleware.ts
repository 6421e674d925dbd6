/**
 * Latchkey inside a server of yours, as middleware of Express or of any other that is called with a request, a
 * response and `next`:
 *
 *     const latchkey = await openLatchkey({ ORIGIN: 'https://example.com', SECRET: '…' });
 *     app.use(latchkey.handler);
 *
 * It answers its own paths and leaves every other request as it was. It has to stand at the root, before anything
 * that answers for all paths; what bounds connections, headers and time is up to your server then.
 */
import { type Logger, pino } from 'pino';
import type { App } from './app.ts';
import { loadConfig } from './config.ts';
import { openApp } from './process/open-app.ts';

export interface Latchkey {
  readonly handler: App;
  /** Closes the database. Call it when your server has answered everything. */
  close(): Promise<void>;
}

/**
 * @param env the variables of the configuration, of which `PORT` and `HOST` mean nothing here
 * @param log without it, warnings and errors go to standard output, one line of JSON each
 * @throws {ConfigError} that names every bad field
 */
export async function openLatchkey(
  env: Readonly<Record<string, string | undefined>>,
  log: Logger = pino({ level: 'warn' }),
): Promise<Latchkey> {
  const { app, close } = await openApp(loadConfig(env), log);
  return { handler: app, close };
}
