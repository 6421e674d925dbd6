/** As long as a session counts as fresh, if the operator did not choose otherwise. */
const PATIENCE_MS = 300_000;

/** Calls back, once, when nobody has touched the page for a while. Returns what ends the watch. */
export function whenIdle(then: () => void): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let touched = Date.now();
  const touch = () => {
    touched = Date.now();
  };
  // A tab that sleeps has no timers: it looks at the clock when it is seen again.
  const look = () => {
    if (Date.now() - touched < PATIENCE_MS) return;
    end();
    then();
  };
  const watch = setInterval(look, PATIENCE_MS / 20);
  const end = () => {
    clearInterval(watch);
    stop.abort();
  };
  for (const event of ['pointerdown', 'keydown', 'input']) {
    addEventListener(event, touch, { signal, passive: true });
  }
  document.addEventListener('visibilitychange', look, { signal });
  return end;
}
