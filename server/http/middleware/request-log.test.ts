import { pino } from 'pino';
import { expect, it } from 'vitest';
import { startTestApp } from '../../testing/app.ts';

const { debug, info } = pino.levels.values;

it('the log tells people’s requests, and of those that machines repeat only the ones that fail', async () => {
  const app = await startTestApp();
  const levelOf = async (path: string) => {
    await app.browser().get(path);
    const lines = app.logLines.map((line) => JSON.parse(line) as { path?: string; level: number });
    return lines.findLast((line) => line.path === path)?.level;
  };
  expect(await levelOf('/api/session')).toBe(info);
  for (const path of ['/healthz', '/readyz', '/metrics']) expect(await levelOf(path)).toBe(debug);
  await app.deps.store.close();
  app.advance(5_000);
  expect(await levelOf('/readyz')).toBe(info);
  await app.close();
});
