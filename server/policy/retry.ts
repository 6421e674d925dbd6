const firstMs = 20_000;
const longestMs = 4 * 3_600_000;
const givenUpAfterMs = 5 * 86_400_000;

/**
 * When a message is tried again that could not be delivered: soon at first, then ever more rarely.
 *
 * @param attempts how often it was tried, at least once
 * @returns null if it is given up: five days after it was written, as mail servers do (RFC 5321 §4.5.4.1)
 */
export function retryAt(
  { attempts, createdAt }: { readonly attempts: number; readonly createdAt: number },
  now: number,
): number | null {
  if (now - createdAt >= givenUpAfterMs) return null;
  return now + Math.min(longestMs, firstMs * 2 ** (attempts - 1));
}
