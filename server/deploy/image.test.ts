/** The image has what it needs to build the pages and to run: no more is copied into it than these. */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { newFolder } from '../testing/folder.ts';
import { startServer } from '../testing/processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');

/** What the stage copies from the context. */
function copiedIn(stage: string): string[] {
  const [, text = ''] = new RegExp(`AS ${stage}\n(.*?)(?=^FROM )`, 'ms').exec(dockerfile) ?? [];
  const lines = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].map(
    ([, sources = '']) => sources,
  );
  return lines.flatMap((sources) => sources.split(' '));
}

/** Copies of these, without what `.dockerignore` leaves out of a folder, and the packages. */
function stage(folder: string, sources: readonly string[]): void {
  mkdirSync(folder);
  const left = ignored.filter((line) => /^[\w/]+$/.test(line)).map((path) => join(root, path));
  for (const source of sources) {
    expect(ignored).toContain(`!${source}`);
    cpSync(join(root, source), join(folder, source), {
      recursive: true,
      filter: (path) => !left.includes(path) && !path.endsWith('.test.ts'),
    });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
}

it('builds the pages, and serves them', async () => {
  const folder = newFolder();
  const [build, production] = [join(folder, 'build'), join(folder, 'production')];
  stage(build, copiedIn('build'));
  execFileSync(process.execPath, ['client/build/build.ts'], { cwd: build, stdio: 'pipe' });
  stage(production, copiedIn('production'));
  cpSync(join(build, 'public'), join(production, 'public'), { recursive: true });

  const env = {
    NODE_ENV: 'production',
    SECRET: 'a secret that is only for tests and long enough',
  };
  const server = await startServer(folder, env, production);
  try {
    for (const path of ['/sign-in', '/assets/latchkey.js', '/readyz']) {
      expect([path, (await fetch(server.origin + path)).status]).toEqual([path, 200]);
    }
  } finally {
    await server.stop();
  }
});
