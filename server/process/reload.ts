/** SIGHUP: the files of the configuration are read again, for what can change while it runs. */
import type { Logger } from 'pino';
import { type Config, ConfigError } from '../config.ts';
import { OperatorError } from '../errors.ts';

/**
 * Makes what reads the configuration again and hands it to `apply`, once at a time. A mistake is named in the
 * log, and nothing changes. Never rejects.
 *
 * @param read throws a {@link ConfigError} that names the mistakes
 */
export function reloader(
  log: Logger,
  read: () => Config,
  apply: (next: Config) => Promise<void>,
): () => Promise<void> {
  let last = Promise.resolve();

  async function reload(): Promise<void> {
    try {
      await apply(read());
    } catch (error) {
      const problems = mistakesIn(error);
      if (problems === null) return log.error({ err: error }, 'the configuration was not reloaded');
      log.error({ problems }, 'the configuration has mistakes: what was there stays');
    }
  }
  return () => {
    last = last.then(reload);
    return last;
  };
}

function mistakesIn(error: unknown): readonly string[] | null {
  if (error instanceof ConfigError) return error.problems;
  return error instanceof OperatorError ? [error.message] : null;
}
