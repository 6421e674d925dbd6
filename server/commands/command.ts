/**
 * What the operators' commands share: the way from arguments to an exit status, the database they work
 * on, who is at the keyboard, and what they say of a failure. The environment says the same to them as to
 * the server.
 */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Config, ConfigError, loadConfig, misspeltVariables } from '../config.ts';
import { OperatorError, RpError } from '../errors.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { UsageError } from './arguments.ts';

type Environment = Readonly<Record<string, string | undefined>>;

interface Command<Asked extends object> {
  readonly usage: string;
  /** @throws {UsageError} about what can't be understood */
  parse(args: string[]): Asked | 'help';
  run(asked: Asked): Promise<void>;
  /** Failures of its own, in words without a line end; null for all others. */
  explain?(error: unknown): string | null;
}

/** Whoever reads what a command says may stop: what it does, it does all the same. */
function forgiveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') process.exitCode = 1;
    });
  }
}

/** Does what the arguments ask; the exit status is 1 if it fails, 2 after a usage error. */
export async function runCommand<Asked extends object>(command: Command<Asked>): Promise<void> {
  forgiveReaders();
  const asked = understand(command);
  if (asked === 'help') process.stdout.write(command.usage);
  if (asked === 'help' || asked === null) return;
  try {
    await command.run(asked);
  } catch (error) {
    process.stderr.write(`${command.explain?.(error) ?? explainFailure(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** Null after a usage error. */
function understand<Asked extends object>({ parse, usage }: Command<Asked>): Asked | 'help' | null {
  try {
    return parse(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${explainFailure(error)}\n\n${usage}`);
    process.exitCode = 2;
    return null;
  }
}

/** @throws {OperatorError | ConfigError | RpError} */
export async function openDatabase(
  env: Environment,
  refuse: (message: string) => Error = (message) => new OperatorError(message),
): Promise<{ config: Config; store: Store }> {
  const config = loadConfig(env);
  const { database } = config;
  // Opening makes what is missing: a database that nobody serves would look like one without accounts.
  if (database.kind === 'file' && !existsSync(database.path)) {
    const missing = `There is no database at ${database.path}.`;
    throw refuse([missing, ...misspeltVariables(env)].join('\n'));
  }
  return { config, store: await openStore(database, { poolSize: 2 }) };
}

/** Who runs the command, as the operating system says, for the audit. */
export function operatorName(env: Environment): string {
  try {
    return env.SUDO_USER ?? userInfo().username;
  } catch {
    // A user without an entry of its own (in a container) has a number all the same.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

const statusOf = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** Aborts at the first signal that asks for an end, with its exit status; a second one ends the process. */
export function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const [signal, status] of Object.entries(statusOf)) {
    process.once(signal, () => {
      process.exitCode = status;
      stop.abort();
    });
  }
  return stop.signal;
}

/** What of an error an operator can use. */
function explainFailure(error: unknown): string {
  if (error instanceof ConfigError || error instanceof OperatorError) return error.message;
  if (error instanceof UsageError) return error.message;
  if (error instanceof RpError && error.code === 'unavailable') {
    const { cause } = error;
    return `The database is not available${cause instanceof Error ? `: ${cause.message}` : '.'}`;
  }
  return `It could not be done: ${error instanceof Error ? error.message : String(error)}`;
}
