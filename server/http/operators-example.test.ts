/** The example for back-end developers in `docs/operators-api.md` does what it says. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { makeOperatorKey } from '../administration/operator-keys.ts';
import { startTestApp } from '../testing/app.ts';
import { document, rows } from '../testing/documents.ts';
import { newFolder } from '../testing/folder.ts';

const app = await startTestApp();
afterAll(() => app.close());

const page = document('docs/operators-api.md');
const run = promisify(execFile);

async function environment() {
  const scopes = ['audit:read', 'enrolments:create'] as const;
  const made = await makeOperatorKey(
    { ...app.deps, operator: 'root' },
    { name: 'crm', scopes, days: 1 },
  );
  return { ...process.env, LATCHKEY_KEY: made.secret };
}

it('follows what happens, to its end', async () => {
  const { body } = await app.browser().signUp('ann', app.device());
  const [[example = ''] = []] = rows(page, /```ts\n(.*?)```/gs);
  const file = join(newFolder(), 'follow.mts');
  writeFileSync(file, example.replace('https://example.com', app.origin));
  const { stdout, stderr } = await run(process.execPath, [file], { env: await environment() });
  expect(stdout).toContain(`account-created ${body.user.id} null`);
  expect(stdout).toMatch(/operator-key-made null root/);
  expect(stderr).toMatch(/the next time from [1-9]\d* on/);
});

it('makes a link with curl', async () => {
  const example = rows(page, /```sh\n(curl .*?)```/gs)[0]?.[0] ?? '';
  const command = example.replace('https://example.com', app.origin);
  const { stdout } = await run('sh', ['-c', command], { env: await environment() });
  expect(JSON.parse(stdout)).toMatchObject({ account: { username: 'ann' }, created: false });
});
