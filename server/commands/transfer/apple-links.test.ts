/** An account that Apple opens moves to another server, and its person with it. */
import { createHash, randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.ts';
import { type AppleStandIn, startApple } from '../../testing/apple/stand-in.ts';
import type { Person } from '../../testing/apple/world.ts';
import { type Exported, exportLines } from './export.ts';
import { importAccounts } from './import.ts';
import { lineParser } from './parse-line.ts';

const handle = 'lwSTTvRNNs6q6UW3jkVWYg';
const at = 1_700_000_000_000;
const parser = () => lineParser({ rpId: 'localhost', now: () => at, operator: 'root' });

async function signIn(app: TestApp, apple: AppleStandIn, person: Person) {
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const given = { ...(await apple.native(person, { nonce: hashed })), nonce };
  const { status, body } = await app.browser().post('/api/apple/native', given);
  expect(status).toBe(200);
  return body;
}

it('who came with Apple comes to the same account at the server that it moved to', async () => {
  const apple = await startApple();
  const env = apple.env('http://localhost:3000');
  const [before, after] = [await startTestApp({ env }), await startTestApp({ env })];
  const person = apple.addPerson('Ann');
  const { user } = await signIn(before, apple, person);

  const exported: Exported = { accounts: 0, passkeys: 0 };
  const lines = exportLines({ store: before.deps.store, progress: () => {} }, exported);
  let file = '';
  for await (const line of lines) file += line;
  const { refreshTokens } = apple.world;
  for (const secret of [...refreshTokens.keys(), person.email, 'v1.']) {
    expect(file).not.toContain(secret);
  }
  const problems: string[] = [];
  const deps = {
    ...{ store: after.deps.store, rpId: 'localhost', now: after.deps.now, operator: 'root' },
    ...{ report: (problem: string) => void problems.push(problem), progress: () => {} },
  };
  const chunks = (async function* () {
    yield Buffer.from(file);
  })();
  const stopping = new AbortController().signal;
  const imported = await importAccounts(deps, chunks, { dryRun: false, stopping });
  expect([imported.created, problems]).toEqual([1, []]);

  expect(await signIn(after, apple, person)).toEqual({ created: false, user });
  await Promise.all([before.close(), after.close()]);
  await apple.close();
});

const line = (apple: unknown) =>
  JSON.stringify({ username: 'ann', userHandle: handle, createdAt: at, credentials: [], apple });
const team = 'A1B2C3D4E5';

it('a link needs its team and person alone', () => {
  expect(parser()(line([{ team, sub: '000638.c0ffee.0638' }]))).toMatchObject({
    apple: [
      {
        ...{ team, sub: '000638.c0ffee.0638', userId: handle, state: 'active' },
        ...{ createdAt: at, stateChangedAt: at, lastUsedAt: at, givenName: null },
      },
    ],
  });
  for (const none of [undefined, null, '']) {
    expect(parser()(line(none))).not.toHaveProperty('apple');
  }
});

it.each([
  ['text', 'apple: expected an array'],
  [[7], 'apple[0]: expected an object'],
  [[{ team }], 'apple[0].sub: missing: expected 1 to 255 characters'],
  [[{ team: 'short', sub: 'a' }], 'apple[0].team: expected ten capitals and digits'],
  [[{ team, sub: 'a', state: 'lost' }], 'apple[0].state: expected active or revoked'],
  [[team, team].map((each) => ({ team: each, sub: 'a' })), 'apple[1].team: twice'],
  [Array(3).fill({ team, sub: 'a' }), 'apple: more than 2'],
])('%j is a bad line: %s', (apple, problem) => {
  const parsed = parser()(line(apple));
  expect(parsed).toMatchObject({ problems: expect.arrayContaining([problem]) });
});
