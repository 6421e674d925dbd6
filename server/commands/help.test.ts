import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};
/** The scripts that take arguments of ours. */
const commands = Object.entries(scripts).filter(([, line]) =>
  /server\/commands\/|e2e\/bench\/main/.test(line),
);

function run(line: string, ...args: string[]) {
  const [, ...words] = line.split(' ');
  const cwd = fileURLToPath(root);
  return spawnSync(process.execPath, [...words, ...args], { cwd, encoding: 'utf8' });
}

it('there are commands to ask', () => {
  expect(commands.map(([name]) => name)).toEqual(expect.arrayContaining(['admin', 'bench']));
});

it.each(commands)(
  'npm run %s -- --help explains it, and an unknown option is a usage error',
  (name, line) => {
    const { status, stdout, stderr } = run(line, '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`npm run ${name} -- `);
    const unknown = run(line, '--nonsense');
    expect([unknown.status, unknown.stdout]).toEqual([2, '']);
    expect(unknown.stderr).toContain(`npm run ${name} -- `);
  },
);
