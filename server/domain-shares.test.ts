import { expect, it } from 'vitest';
import { sampleDomainShares } from './domain-shares.ts';
import { startTestApp, type TestApp } from './testing/app.ts';
import { importPerson } from './testing/imported.ts';

const old = 'old.example';

async function withSite(work: (site: TestApp) => Promise<void>, env = { FORMER_RP_IDS: old }) {
  const site = await startTestApp({ env });
  try {
    await work(site);
  } finally {
    await site.close();
  }
}

it('counts each account where it would sign in, and one more on each domain', () =>
  withSite(async (site) => {
    for (let index = 0; index < 5; index++) await importPerson(site, { rpId: old });
    await importPerson(site, { rpId: old }, {});
    await importPerson(site, { state: 'revoked' }, { rpId: old });
    await importPerson(site, { rpId: 'gone.example' });
    // Pages of the sample overlap where there are so few; its shares are those of what it saw.
    const [ours = 0, former = 0] = await sampleDomainShares(site.deps)();
    expect(ours + former).toBeCloseTo(1);
    expect(former).toBeGreaterThan(ours);
    expect(ours).toBeGreaterThan(0);
  }));

it('is even where nobody is, and all ours where nothing has moved', async () => {
  await withSite(async ({ deps }) => expect(await sampleDomainShares(deps)()).toEqual([0.5, 0.5]));
  const env = { FORMER_RP_IDS: '' };
  await withSite(async ({ deps }) => expect(await sampleDomainShares(deps)()).toEqual([1]), env);
});

it('reads accounts once in ten minutes, and again at once after a failure', () =>
  withSite(async ({ deps }) => {
    let asked = 0;
    let now = 0;
    let broken = false;
    const store: typeof deps.store = {
      ...deps.store,
      exportAccounts: async () => {
        asked++;
        if (broken) throw new Error('gone');
        return [];
      },
    };
    const shares = sampleDomainShares({ ...deps, store, now: () => now });
    await Promise.all([shares(), shares()]);
    now += 599_999;
    await shares();
    expect(asked).toBe(8);
    now += 1;
    broken = true;
    await expect(shares()).rejects.toThrow('gone');
    broken = false;
    expect(await shares()).toEqual([0.5, 0.5]);
    expect(asked).toBe(24);
  }));
