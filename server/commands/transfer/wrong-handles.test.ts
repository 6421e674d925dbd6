/** Files whose user handles are not what they look like, and the people who sign in after them. */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { startTestApp } from '../../testing/app.ts';
import type { SoftwareAuthenticator } from '../../testing/authenticator.ts';
import { exportLines } from './export.ts';
import { importAccounts } from './import.ts';
import type { HandleSpelling } from './user-handles.ts';

const app = await startTestApp();
afterAll(() => app.close());

const handlesOf = (uuid: string) => ({
  text: Buffer.from(uuid),
  uuid: Buffer.from(uuid.replaceAll('-', ''), 'hex'),
});

/** The line of somebody whose passkey was registered under this form of a UUID; the account itself is gone. */
async function movedPerson(
  form: 'text' | 'uuid',
): Promise<{ device: SoftwareAuthenticator; line: object }> {
  const { store } = app.deps;
  const uuid = randomUUID();
  const [browser, device] = [app.browser(), app.device()];
  const options = await browser.creationOptions({ username: app.newName() });
  const user = { ...options.user, id: handlesOf(uuid)[form].toString('base64url') };
  const { body } = await browser.verifyRegistration(await device.create({ ...options, user }));
  const exported = { accounts: 0, passkeys: 0 };
  let lines = '';
  for await (const each of exportLines({ store, progress: () => {} }, exported)) lines += each;
  await store.deleteAccount(body.user.id, 0);
  const line = lines.split('\n').find((each) => each.includes(body.user.id)) ?? '';
  return { device, line: { ...JSON.parse(line), userHandle: uuid } };
}

async function importLine(line: object, userHandles?: HandleSpelling) {
  const problems: string[] = [];
  const { config, store, now } = app.deps;
  const deps = { store, rpId: config.rpId, now, operator: 'ann', progress: () => {}, userHandles };
  const counts = await importAccounts(
    { ...deps, report: (problem) => void problems.push(problem) },
    (async function* () {
      yield Buffer.from(JSON.stringify(line));
    })(),
    { dryRun: false, stopping: new AbortController().signal },
  );
  return { ...counts, problems };
}

it.each(['text', 'uuid'] as const)(
  'a UUID for a handle is refused; said to be %s, its owner signs in, after a mistake too',
  async (right) => {
    const { device, line } = await movedPerson(right);
    const unsaid = await importLine(line);
    expect(unsaid).toMatchObject({ created: 0, bad: 1 });
    expect(unsaid.problems).toEqual([expect.stringMatching(/^line 1: userHandle: could be/)]);

    const wrong = right === 'text' ? 'uuid' : 'text';
    expect(await importLine(line, wrong)).toMatchObject({ created: 1, bad: 0 });
    expect((await app.browser().signIn(device)).body.code).toBe('verification_failed');

    expect(await importLine(line, right)).toMatchObject({ corrected: 1, bad: 0 });
    expect((await app.browser().signIn(device)).status).toBe(200);
    // Now that it is in use, nothing moves it.
    expect(await importLine(line, wrong)).toMatchObject({ corrected: 0, bad: 1 });
    expect((await app.browser().signIn(device)).status).toBe(200);
  },
);
