/**
 * What the operators' commands share: the way from arguments to an exit status, the database they work
 * on, who is at the keyboard, and what they say of a failure. The environment says the same to them as to
 * the server.
 */
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type Config, ConfigError, loadConfig } from '../config.ts';
import { RpError } from '../errors.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A command can't be carried out; the text says why. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

interface Command<Asked extends object> {
  readonly usage: string;
  /** Null, or what it throws itself, as `parseArgs` does, for what can't be understood. */
  parse(args: string[]): Asked | 'help' | null;
  run(asked: Asked): Promise<void>;
  explain?(error: unknown): string;
}

/** Whoever reads what a command says may stop: what it does, it does all the same. */
export function forgiveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code !== 'EPIPE') process.exitCode = 1;
    });
  }
}

/** Does what the arguments ask; the status is 1 where it fails, 2 where they are wrong. */
export function runCommand<Asked extends object>(command: Command<Asked>): void {
  forgiveReaders();
  const asked = understand(command);
  if (asked === 'help') {
    process.stdout.write(command.usage);
  } else if (asked === null) {
    process.stderr.write(command.usage);
    process.exitCode = 2;
  } else {
    const { explain = explainFailure } = command;
    command.run(asked).catch((error: unknown) => {
      process.stderr.write(explain(error));
      process.exitCode = 1;
    });
  }
}

function understand<Asked extends object>({ parse }: Command<Asked>): Asked | 'help' | null {
  try {
    return parse(process.argv.slice(2));
  } catch {
    return null;
  }
}

/** @throws {CommandError | ConfigError | RpError} */
export async function openDatabase(env: Environment): Promise<{ config: Config; store: Store }> {
  const config = loadConfig(env);
  const { database } = config;
  // Opening makes what is missing: a database that nobody serves would look like one without accounts.
  if (database.kind === 'file' && !existsSync(database.path)) {
    throw new CommandError(`There is no database at ${database.path}.`);
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
export function explainFailure(error: unknown): string {
  if (error instanceof ConfigError || error instanceof CommandError) return `${error.message}\n`;
  if (error instanceof RpError && error.code === 'unavailable') {
    const { cause } = error;
    return `The database is not available${cause instanceof Error ? `: ${cause.message}` : '.'}\n`;
  }
  return `It could not be done: ${error instanceof Error ? error.message : String(error)}\n`;
}
