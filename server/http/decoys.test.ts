/** WebAuthn L3 §14.6.2: options by user name look the same for those who are there and those who are not. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { importPerson } from '../testing/imported.ts';

const old = 'old.example';
const text = (bytes: number) => randomBytes(bytes).toString('base64url');

type Held = Parameters<typeof importPerson>[1];
/** Who is there, each several times. */
const people: Record<string, () => Held[]> = {
  'a passkey that syncs': () => [{}],
  'no transports': () => [{ transports: [] }],
  'one device': () => [{ transports: ['internal'] }],
  'a security key': () => [{ transports: ['usb'], id: text(64) }],
  'two passkeys': () => [{}, { id: text(32) }],
  'a short handle': () => [{ userId: text(16), id: text(16) }],
  'a long handle': () => [{ userId: text(64), id: text(48) }],
  'an old domain': () => [{ rpId: old }],
  'two domains': () => [{ rpId: old, transports: ['internal'] }, {}],
};
const each = 8;
const nobodies = Array.from({ length: 400 }, (_, index) => `nobody-${index}`);

let app: TestApp;
const known = new Map<string, string[]>();
beforeAll(async () => {
  app = await startTestApp({ env: { FORMER_RP_IDS: old } });
  for (const [kind, held] of Object.entries(people)) {
    known.set(kind, []);
    for (let count = 0; count < each; count++) {
      known.get(kind)?.push((await importPerson(app, ...(held() as object[]))).username);
    }
  }
});
afterAll(() => app.close());

/** All that three questions tell of a name, but for what is random. */
async function seen(username: string): Promise<string> {
  const browser = app.browser();
  const answers = await Promise.all(
    [{}, { rpId: 'localhost' }, { rpId: old }].map((body) =>
      browser.requestOptions({ username, ...body }),
    ),
  );
  const told = answers.map(({ challenge, allowCredentials = [], ...rest }) => ({
    ...rest,
    challenge: challenge.length,
    allowed: allowCredentials.map(({ id, ...more }) => ({ ...more, id: id.length })),
  }));
  return JSON.stringify(told);
}

function tally(all: readonly string[]): Map<string, number> {
  const counts = Map.groupBy(all, (one) => one);
  return new Map([...counts].map(([what, those]) => [what, those.length / all.length]));
}

describe('options by user name', () => {
  it('show of nobody what they show of somebody, about as often', async () => {
    const theirs = tally(await Promise.all([...known.values()].flat().map(seen)));
    const nobodys = tally(await Promise.all(nobodies.map(seen)));
    // Each kind is told by its IDs and transports, and by nothing else.
    expect(theirs.size).toBe(Object.keys(people).length);
    expect([...nobodys.keys()].sort()).toEqual([...theirs.keys()].sort());
    for (const [what, share] of theirs) {
      expect(nobodys.get(what)).toBeGreaterThan(share / 3);
      expect(nobodys.get(what)).toBeLessThan(share * 3);
    }
  });

  it('never show of nobody what somebody made up at sign-up', async () => {
    const site = await startTestApp();
    for (let count = 0; count < 3; count++) {
      await site.browser().signUp(site.newName(), site.device());
    }
    for (let count = 0; count < 20; count++) {
      const authenticator = site.device({ transports: ['internal', 'hybrid', 'x-mine'] });
      await site.browser().signUp(site.newName(), authenticator);
    }
    const shown = await Promise.all(
      nobodies.slice(0, 200).map((username) => site.browser().requestOptions({ username })),
    );
    expect(JSON.stringify(shown)).not.toContain('x-mine');
    await site.close();
  });

  it('have a challenge of one length for every handle', async () => {
    const lengths = async (kind: string) => {
      const usernames = known.get(kind) ?? [];
      const asked = await Promise.all(
        usernames.map((username) => app.browser().requestOptions({ username })),
      );
      return asked.map(({ challenge }) => challenge.length);
    };
    const kinds = ['a passkey that syncs', 'a short handle', 'a long handle'];
    const all = (await Promise.all(kinds.map(lengths))).flat();
    expect(all).toHaveLength(3 * each);
    expect(new Set(all).size).toBe(1);
  });
});
