/**
 * Ceremonies that show a prompt of their own. While one runs, from its first request to its last
 * answer, autofill must stay out of the way. When the last one has ended, autofill comes back if none
 * of them succeeded; if one did, somebody is signed in.
 */
let running = 0;
let succeeded = false;
const listeners = new Set<(succeeded: boolean) => void>();

export const modal = {
  isRunning: (): boolean => running > 0,

  /** Runs a ceremony; settles as it does. */
  async run<T>(ceremony: () => Promise<T>): Promise<T> {
    if (!running++) succeeded = false;
    try {
      const result = await ceremony();
      succeeded = true;
      return result;
    } finally {
      if (!--running) for (const listener of listeners) listener(succeeded);
    }
  },

  /** Calls back whenever no ceremony is left, until `stop` fires. */
  onEnd(listener: (succeeded: boolean) => void, stop: AbortSignal): void {
    listeners.add(listener);
    stop.addEventListener('abort', () => listeners.delete(listener));
  },
};
