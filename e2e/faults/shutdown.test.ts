/** SIGTERM in the middle of load: whatever was accepted is answered, and then the server ends. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { examine } from './findings.ts';
import { type Folder, newFolder } from './leftovers.ts';
import { startLoad } from './people.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';
import { dial, message } from './wire.ts';

let folder: Folder;
let port: number;
let server: ServerProcess | undefined;

beforeEach(async () => {
  folder = newFolder();
  port = await freePort();
});
afterEach(async () => {
  await server?.kill();
  await folder.clear();
  server = undefined;
});

const start = async (workers: number) => {
  server = await startServer(folder.path, port, { RATE_LIMITS: 'off', WORKERS: String(workers) });
  return server;
};

/** To the first process alone, or to all of its group as a terminal or a service manager does. */
type Signalled = 'first' | 'group';

function terminate(running: ServerProcess, signalled: Signalled): void {
  process.kill(signalled === 'group' ? -running.pid : running.pid, 'SIGTERM');
}

const ways = [
  [1, 'first'],
  [2, 'first'],
  [2, 'group'],
] as const;

describe.each(ways)('SIGTERM with %i workers, to the %s', (workers, signalled) => {
  it('in the middle of load: every request is answered', async ({ annotate }) => {
    const total = { acknowledged: 0, unanswered: 0, milliseconds: 0 };
    for (let times = 0; times < 2; times++) {
      const running = await start(workers);
      const load = startLoad([running.origin], 24);
      await expect.poll(() => load.acknowledged.length).toBeGreaterThan(100);
      const signalledAt = performance.now();
      terminate(running, signalled);
      const status = await running.ended;
      total.milliseconds = Math.max(total.milliseconds, performance.now() - signalledAt);
      await load.stop();
      expect(status).toBe(0);
      // Connections that last are closed after an answer that says so; new ones are not to be had.
      for (const [trouble, count] of load.troubles) {
        if (trouble !== 'not connected') total.unanswered += count;
      }
      await start(workers);
      const found = await examine(running.origin, load.acknowledged);
      expect(found).toEqual({ lost: 0, replaysAccepted: 0, noncesForgotten: 0 });
      await server?.kill();
      total.acknowledged += load.acknowledged.length;
    }
    await annotate(JSON.stringify(total));
    expect(total.unanswered).toBe(0);
  });

  it('while bodies are on their way: what was begun is finished', async () => {
    const running = await start(workers);
    const body = '{"username":"ann"}';
    const wires = await Promise.all(Array.from({ length: 50 }, () => dial(port)));
    for (const { socket } of wires) {
      // It is told to go on once the server has read as much as this.
      const wish = { 'content-type': 'application/json', expect: '100-continue' };
      const length = { 'content-length': body.length };
      socket.write(message('POST /api/authentication/options', { ...wish, ...length }));
    }
    await Promise.all(wires.map(({ hears }) => hears(/^HTTP\/1\.1 100 /)));
    terminate(running, signalled);
    await expect.poll(running.output).toContain('shutting down');
    await pause(300);
    for (const { socket } of wires) socket.write(body);
    const answers = await Promise.all(wires.map(({ hears }) => hears(/"challenge":".*\}$/s)));
    expect(answers.every((answer) => answer.includes('HTTP/1.1 200 OK'))).toBe(true);
    expect(await running.ended).toBe(0);
  });
});
