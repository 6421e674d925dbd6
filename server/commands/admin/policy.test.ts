import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { showAccount } from '../../administration/accounts.ts';
import type { Administration } from '../../administration/administration.ts';
import { findAccount } from '../../administration/find-account.ts';
import { assignPolicy } from '../../administration/policy.ts';
import type { User } from '../../records/user.ts';
import { startTestApp, type TestApp } from '../../testing/app.ts';
import { SoftwareAuthenticator } from '../../testing/authenticator.ts';
import { accountText } from './accounts.ts';
import { assignedText } from './policy.ts';

let folder: string;
let app: TestApp;
let deps: Administration;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-policies-'));
  const CREDENTIAL_POLICIES = join(folder, 'policies.json');
  writeFileSync(CREDENTIAL_POLICIES, '{ "kiosk": { "deviceBoundOnly": true } }');
  app = await startTestApp({ env: { CREDENTIAL_POLICIES } });
  deps = { ...app.deps, operator: 'root' };
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function assign(user: User, name: string) {
  const json = await assignPolicy(deps, user, name);
  return { json, text: assignedText(json) };
}

async function person(username: string) {
  const authenticator = new SoftwareAuthenticator({ origin: app.origin });
  const browser = app.browser();
  await browser.signUp(username, authenticator);
  const account = () => findAccount(deps, { text: username, by: undefined });
  return { authenticator, browser, account };
}

describe('an account under a policy', () => {
  it('is told by the operator, who learns which passkeys it refuses', async () => {
    const { authenticator, browser, account } = await person('ida');
    const { text, json } = await assign(await account(), 'kiosk');
    const id = authenticator.credentials[0]?.id;
    expect(text).toMatch(/^ida is under the policy kiosk\.\nIt refuses 1 of 1 passkeys:\n/);
    expect(text).toMatch(/\n.+ syncs +\S+$/);
    expect(json).toMatchObject({
      account: { policy: 'kiosk' },
      refused: [{ id, violation: 'syncs' }],
    });
    expect((await browser.signIn(authenticator)).body.code).toBe('authenticator_not_allowed');
    expect(accountText(await showAccount(deps, await account()))).toMatch(/^policy +kiosk$/m);
  });

  it('comes back under the default one, for the record', async () => {
    const { authenticator, browser, account } = await person('jan');
    await assignPolicy(deps, await account(), 'kiosk');
    const { text, json } = await assign(await account(), 'default');
    expect(text).toBe('jan is under the policy default.');
    expect(json).toMatchObject({ account: { policy: null }, refused: [] });
    expect((await browser.signIn(authenticator)).status).toBe(200);
    const { id } = await account();
    const all = (await deps.store.listAudit(id, { limit: 20 })).entries;
    const entries = all.filter(({ evidence }) => 'by' in evidence);
    expect(entries.map(({ kind, evidence }) => [kind, evidence])).toEqual([
      ['policy-assigned', { by: 'admin', operator: 'root', from: 'kiosk', policy: null }],
      ['policy-assigned', { by: 'admin', operator: 'root', from: null, policy: 'kiosk' }],
    ]);
  });

  it.each(['strict', 'constructor'])(
    'is not there for %s, which nobody configured',
    async (name) => {
      const { account } = await person(`under-${name}`);
      await expect(assignPolicy(deps, await account(), name)).rejects.toMatchObject({
        refusal: { code: 'policy_unknown', policy: name, configured: ['default', 'kiosk'] },
      });
      expect((await account()).policy).toBeNull();
    },
  );

  it('that is configured no longer is under the default one, and shows it', async () => {
    const { account } = await person('jon');
    await deps.store.assignPolicy((await account()).id, 'forgotten', []);
    expect(accountText(await showAccount(deps, await account()))).toMatch(
      /^policy +forgotten, which is not configured: the default one holds$/m,
    );
  });
});
