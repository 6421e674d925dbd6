import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { newFolder } from '../testing/folder.ts';
import { freePort } from '../testing/processes.ts';

const guide = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');
const [, commands = ''] = /^```sh\n(.*?production\.env.*?)^```$/ms.exec(guide) ?? [];
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

it('what the guide says of production starts a server, with a configuration that nobody else reads', async () => {
  const [folder, port] = [newFolder(), await freePort()];
  // The packages are here, and so are the pages.
  const npm = `npm() { if [ "$1" = start ]; then exec '${process.execPath}' '${main}'; fi; }`;
  const child = spawn('bash', ['-e', '-c', `${npm}\n${commands}`], {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: String(port), NODE_OPTIONS: '--no-warnings' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      said += data.toString();
    });
  }
  const exited = once(child, 'exit');
  try {
    await expect.poll(() => said, { timeout: 20_000 }).toContain('is ready at https://');
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
    expect(statSync(join(folder, 'production.env')).mode & 0o077).toBe(0);
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
});
