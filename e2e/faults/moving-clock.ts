/**
 * Preloaded into a server (`NODE_OPTIONS=--import=…`), so that an hour passes in a test that takes seconds: at each
 * SIGUSR2 the clock that the server reads goes ten minutes ahead. Timers run as before.
 */
const now = Date.now;
let ahead = 0;

Date.now = () => now() + ahead;
process.on('SIGUSR2', () => {
  ahead += 600_000;
});
