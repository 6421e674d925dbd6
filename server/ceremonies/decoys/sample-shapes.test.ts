import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../testing/app.ts';
import { importPerson } from '../../testing/imported.ts';
import { sampleDecoyShapes } from './sample-shapes.ts';

const old = 'old.example';
const names = Array.from({ length: 500 }, (_, index) => `nobody-${index}`);

async function withSite(work: (site: TestApp) => Promise<void>, env = { FORMER_RP_IDS: old }) {
  const site = await startTestApp({ env });
  try {
    await work(site);
  } finally {
    await site.close();
  }
}

/** What each of the names shows, sampled afresh. */
async function shown({ deps }: TestApp): Promise<string[]> {
  const shapes = sampleDecoyShapes(deps);
  return (await Promise.all(names.map(shapes))).map((shape) => JSON.stringify(shape));
}

const share = (all: readonly string[], what: string) =>
  all.filter((each) => each.includes(what)).length / all.length;

it('is that of a real account, with all that it can sign in with', () =>
  withSite(async (site) => {
    const id = randomBytes(48).toString('base64url');
    const away = { rpId: 'gone.example' };
    await importPerson(site, away, { rpId: old, id }, { state: 'revoked' }, { transports: [] });
    const [shape = ''] = (await shown(site)).filter((each) => each.includes('"transports":[]'));
    expect(JSON.parse(shape)).toEqual({
      rpId: 'localhost',
      passkeys: [
        { rpId: old, idLength: 48, transports: ['internal', 'hybrid'] },
        { rpId: 'localhost', idLength: 20, transports: [] },
      ],
    });
  }));

it('is a passkey that syncs, of our domain, where nobody is; and no domain is nobody’s', async () => {
  const common = (rpId: string) =>
    JSON.stringify({
      rpId,
      passkeys: [{ rpId, idLength: 20, transports: ['internal', 'hybrid'] }],
    });
  await withSite(
    async (site) => {
      await importPerson(site, { rpId: 'gone.example' }, { state: 'revoked' });
      expect(new Set(await shown(site))).toEqual(new Set([common('localhost')]));
    },
    { FORMER_RP_IDS: '' },
  );
  await withSite(async (site) => {
    await importPerson(site, { rpId: old, transports: ['usb'] });
    const all = await shown(site);
    expect(share(all, 'usb') + share(all, common('localhost'))).toBe(1);
    expect(share(all, 'usb')).toBeLessThan(1);
  });
});

type Held = Parameters<typeof importPerson>[1];
const ofLength = (bytes: number) => ({ id: randomBytes(bytes).toString('base64url') });
const rare: [string, () => Held[]][] = [
  ['a transport that nobody knows', () => [{ transports: ['internal', 'x-mine'] }]],
  ['a transport that hardly anybody has', () => [{ transports: ['smart-card'] }]],
  ['transports that never go together', () => [{ transports: ['internal', 'usb'] }]],
  ['a transport twice', () => [{ transports: ['internal', 'hybrid', 'internal'] }]],
  ['an ID of an unusual length', () => [ofLength(33)]],
  ['a long ID', () => [ofLength(1023)]],
  ['more passkeys than people have', () => Array(9).fill({})],
  ['a rare passkey beside a common one', () => [{}, { transports: ['ble', 'usb', 'nfc'] }]],
];
it.each(rare)('is never a rare one, however many sign up with it: %s', (_what, held) =>
  withSite(
    async (site) => {
      const usb = { transports: ['usb'] };
      await importPerson(site, usb);
      for (let index = 0; index < 20; index++) await importPerson(site, ...(held() as object[]));
      const passkey = { rpId: 'localhost', idLength: 20, transports: ['internal', 'hybrid'] };
      const common = [passkey, { ...passkey, ...usb }].map((each) => ({
        rpId: 'localhost',
        passkeys: [each],
      }));
      const all = await shown(site);
      for (const each of all) expect(common).toContainEqual(JSON.parse(each));
      expect(share(all, 'usb')).toBeGreaterThan(0);
      // Those who are rare count as most people are, and not as whoever is left.
      expect(share(all, 'usb')).toBeLessThan(0.3);
    },
    { FORMER_RP_IDS: '' },
  ),
);

it('is about as frequent as among the accounts, whatever their handles and how many passkeys', () =>
  withSite(async (site) => {
    // Numbers, as another server may have given: next to each other, far from all that are random.
    for (let index = 0; index < 300; index++) {
      const userId = Buffer.from(String(100_000 + index)).toString('base64url');
      await importPerson(site, { rpId: old, userId });
    }
    for (let index = 0; index < 200; index++) await importPerson(site, { transports: ['usb'] });
    const key = { transports: ['nfc'] };
    for (let index = 0; index < 100; index++) await importPerson(site, ...Array(6).fill(key));
    const all = await shown(site);
    // The bounds are four standard deviations of what is sampled and of where the names fall.
    expect(Math.abs(share(all, old) - 1 / 2)).toBeLessThan(0.2);
    expect(Math.abs(share(all, 'usb') - 1 / 3)).toBeLessThan(0.19);
    expect(Math.abs(share(all, 'nfc') - 1 / 6)).toBeLessThan(0.15);
  }));

it('is looked for among all where they are few, and among 256 passkeys where they are many', () =>
  withSite(async (site) => {
    const { deps } = site;
    const asked = async () => {
      const owners: string[] = [];
      const listCredentials = (userId: string) => {
        owners.push(userId);
        return deps.store.listCredentials(userId);
      };
      await sampleDecoyShapes({ ...deps, store: { ...deps.store, listCredentials } })('ann');
      expect(new Set(owners).size).toBe(owners.length);
      return owners;
    };
    const before: string[][] = [];
    for (const more of [1, 31, 1, 222, 1, 1, 243]) {
      for (let index = 0; index < more; index++) await importPerson(site, {});
      before.push(await asked());
    }
    expect(before.map(({ length }) => length)).toEqual([1, 32, 33, 255, 256, 256, 256]);
    // Of as many as it takes, one newcomer takes the place of one at most.
    const [, , , , full = [], next = []] = before;
    expect(next.filter((each) => !full.includes(each)).length).toBeLessThanOrEqual(1);
  }));

it('stays while others come and go, but for the names that shadow those', () =>
  withSite(
    async (site) => {
      for (let index = 0; index < 10; index++) await importPerson(site, {});
      const before = await shown(site);
      const { userId } = await importPerson(site, { transports: ['usb'] });
      const between = await shown(site);
      expect(share(between, 'usb')).toBeGreaterThan(0);
      expect(share(between, 'usb')).toBeLessThan(0.3);
      const more = { id: randomBytes(32).toString('base64url'), transports: ['nfc'] };
      await importPerson(site, more);
      const after = await shown(site);
      for (const [index, shape] of after.entries()) {
        if (!shape.includes('nfc')) expect(shape).toBe(between[index]);
      }
      await site.deps.store.deleteAccount(userId, 0);
      const last = await shown(site);
      for (const [index, shape] of last.entries()) {
        if (!after[index]?.includes('usb')) expect(shape).toBe(after[index]);
        if (!shape.includes('nfc')) expect(shape).toBe(before[index]);
      }
    },
    { FORMER_RP_IDS: '' },
  ));

it('is sampled once in ten minutes by any clock, and again at once after a failure', () =>
  withSite(async ({ deps }) => {
    let [asked, now, broken] = [0, 0, false];
    let first: string | undefined;
    const store: typeof deps.store = {
      ...deps.store,
      sampleCredentials: async (from) => {
        first ??= from;
        if (from === first) asked++;
        if (broken) throw new Error('gone');
        return [];
      },
    };
    const shapes = sampleDecoyShapes({ ...deps, store, now: () => now });
    const samples = async () => {
      await Promise.all([shapes('ann'), shapes('bob')]);
      return asked;
    };
    expect(await samples()).toBe(1);
    now += 599_999;
    expect(await samples()).toBe(1);
    now += 1;
    expect(await samples()).toBe(2);
    // Ahead for a moment, and back.
    now += 365 * 86_400_000;
    expect(await samples()).toBe(3);
    now -= 365 * 86_400_000;
    expect(await samples()).toBe(4);
    now += 600_000;
    broken = true;
    await expect(shapes('ann')).rejects.toThrow('gone');
    broken = false;
    expect(await samples()).toBe(6);
  }));
