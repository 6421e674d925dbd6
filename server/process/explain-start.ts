import { type Config, ConfigError } from '../config.ts';
import { OperatorError, RpError } from '../errors.ts';

/**
 * Why the server can't start, in words for an operator.
 *
 * @returns lines without line ends; null if the error is a bug, whose stack developers need
 */
export function explainStart(
  error: unknown,
  { port, host }: Pick<Config, 'port' | 'host'>,
): readonly string[] | null {
  if (error instanceof ConfigError) return error.problems;
  if (error instanceof OperatorError) return [error.message];
  if (error instanceof RpError) return error.code === 'unavailable' ? [unavailable(error)] : null;
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === 'listen') return [`${listening(code, port, host)} (${code})`];
  // An error of the system or of SQLite says enough itself.
  return code === undefined || !/^E[A-Z]+$|^SQLITE_/.test(code) ? null : [message];
}

function listening(code: string | undefined, port: number, host: string | undefined): string {
  if (code === 'EADDRINUSE') return `another process listens on port ${port}: choose another PORT`;
  if (code === 'EACCES')
    return `this user may not listen on port ${port}: choose a PORT above 1023`;
  return `it can't listen on port ${port} of HOST ${host ?? 'any'}`;
}

function unavailable({ cause, message }: RpError): string {
  return `the database is not available: ${cause instanceof Error ? cause.message : message}`;
}
