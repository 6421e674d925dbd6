/**
 * Whether a registration is under way, here or in another tab of this site.
 *
 * Between the moment when the device holds a new passkey and the moment when the server has stored
 * it, the server truthfully says that it does not know this passkey. A device that is told so deletes
 * it for good. So each registration holds a lock that all tabs see, until its last answer, and nobody
 * passes such news on meanwhile. A browser without locks knows of this tab alone.
 */
const PREFIX = 'latchkey-registration-';

let runningHere = 0;
/** Names of this tab: the browser may go on listing them for a moment after their end. */
const ownLocks = new Set<string>();

/** Runs a registration with the lock held; settles as it does. It starts in the same turn. */
export async function whileRegistering<T>(registration: () => Promise<T>): Promise<T> {
  const name = PREFIX + crypto.randomUUID();
  ownLocks.add(name);
  let release = () => {};
  const ended = new Promise<void>((resolve) => {
    release = resolve;
  });
  // Not waited for: a prompt must follow the click at once, and takes longer than this.
  navigator.locks?.request(name, () => ended).catch(() => {});
  runningHere++;
  try {
    return await registration();
  } finally {
    runningHere--;
    release();
  }
}

/** Never rejects. */
export async function isRegistering(): Promise<boolean> {
  if (runningHere) return true;
  const locks = await navigator.locks?.query().catch(() => undefined);
  return !!locks?.held?.some(({ name = '' }) => name.startsWith(PREFIX) && !ownLocks.has(name));
}
