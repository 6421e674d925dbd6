/** Faster than a person can close a sheet. */
const AT_ONCE_MS = 800;

/** Whether the browser refused by itself a request that was made at `asked` (`performance.now()`). */
export function refusedAtOnce(error: unknown, asked: number): boolean {
  const { name } = error as Partial<Error>;
  const refused = name === 'NotAllowedError' || name === 'UnknownError';
  return refused && performance.now() - asked < AT_ONCE_MS;
}
