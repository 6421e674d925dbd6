/**
 * Ceremonies that show a prompt of their own. While one runs, from its first request to its last
 * answer, autofill must stay out of the way; when the last one ends, autofill may come back.
 */
let running = 0;
const listeners = new Set<() => void>();

export const modal = {
  isRunning: (): boolean => running > 0,

  async run<T>(ceremony: () => Promise<T>): Promise<T> {
    running++;
    try {
      return await ceremony();
    } finally {
      running--;
      if (!running) for (const listener of listeners) listener();
    }
  },

  /** Calls back whenever no ceremony is left, until the signal fires. */
  onEnd(listener: () => void, signal: AbortSignal): void {
    listeners.add(listener);
    signal.addEventListener('abort', () => listeners.delete(listener));
  },
};
