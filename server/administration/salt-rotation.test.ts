import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { id } from '../testing/records.ts';
import { passkeyEnvelope, recoveryEnvelope } from '../testing/vault.ts';
import type { Administration } from './administration.ts';
import { listOperatorActs } from './delete-account.ts';
import { beginSaltRotation, finishSaltRotation, showSalts } from './salt-rotation.ts';

let app: TestApp;
let now = 0;
let deps: Administration;
beforeEach(async () => {
  app = await startTestApp({ env: { CHALLENGE_TTL_SECONDS: '60' } });
  now = Date.parse('2026-06-01T12:00:00Z');
  deps = { ...app.deps, operator: 'root', random: randomBytes, now: () => now };
});
afterEach(() => app.close());

const refused = (code: string, more = {}) =>
  expect.objectContaining({ refusal: { code, ...more } });

describe('the rotation of the salt', () => {
  it('is shown, begun once, not finished before every ceremony knows of it, and finished once', async () => {
    const { salt, rotation } = await showSalts(deps);
    expect(rotation).toBeNull();
    await expect(finishSaltRotation(deps)).rejects.toEqual(refused('rotation_missing'));

    const begun = await beginSaltRotation(deps);
    const finishableAt = '2026-06-01T12:01:10.000Z';
    expect(begun).toEqual({
      salt,
      rotation: {
        next: expect.any(String),
        since: '2026-06-01T12:00:00.000Z',
        ...{ finishableAt, left: 0, orphans: 0 },
      },
    });
    now += 69_999;
    expect(await beginSaltRotation(deps)).toEqual(begun);
    expect(await showSalts(deps)).toEqual(begun);
    await expect(finishSaltRotation(deps)).rejects.toEqual(
      refused('rotation_too_young', { finishableAt }),
    );
    now += 1;
    const finished = await finishSaltRotation(deps);
    expect(finished).toEqual({ salt: begun.rotation?.next, left: 0 });
    expect(await showSalts(deps)).toEqual({ salt: finished.salt, rotation: null });
    await expect(finishSaltRotation(deps)).rejects.toEqual(refused('rotation_missing'));
    expect((await listOperatorActs(deps, 10)).entries).toMatchObject([
      { kind: 'salt-rotation-finished', operator: 'root', evidence: finished },
      { kind: 'salt-rotation-begun', operator: 'root', evidence: { salt: finished.salt } },
    ]);
  });

  it('is not finished as long as a vault would have no way in any more', async () => {
    const { device, envelope, write, salt } = await withVault();
    const { rotation } = await beginSaltRotation(deps);
    now += 70_000;
    await expect(finishSaltRotation(deps)).rejects.toEqual(
      refused('vaults_orphaned', { orphans: 1 }),
    );
    expect(await showSalts(deps)).toMatchObject({ salt, rotation: { left: 1, orphans: 1 } });
    const moved = { ...passkeyEnvelope(device, ''), saltId: rotation?.next ?? '' };
    expect((await write({ revision: 2, envelopes: [envelope, moved] })).status).toBe(200);
    // It has not opened the vault yet.
    await expect(finishSaltRotation(deps)).rejects.toEqual(
      refused('vaults_orphaned', { orphans: 1 }),
    );
    const opened = { ...moved, opened: true };
    expect((await write({ revision: 3, envelopes: [opened] })).status).toBe(200);
    expect(await finishSaltRotation(deps)).toEqual({ salt: rotation?.next, left: 0 });
  });

  it('leaves behind whoever has another way in, and says how many', async () => {
    const { device, envelope, write } = await withVault();
    await beginSaltRotation(deps);
    now += 70_000;
    const recovery = recoveryEnvelope();
    expect((await write({ revision: 2, envelopes: [envelope, recovery] })).status).toBe(200);
    const opened = { ...recovery, opened: true };
    expect((await write({ revision: 3, envelopes: [envelope, opened] })).status).toBe(200);
    expect(await finishSaltRotation(deps)).toMatchObject({ left: 1 });
    const late = passkeyEnvelope(device, '');
    expect((await write({ revision: 4, envelopes: [recovery, late] })).status).toBe(409);
  });

  it('waits for no vault that holds nothing: to its owner it is gone, and the next one begins', async () => {
    const { device, write, read } = await withVault({ data: undefined });
    const { rotation } = await beginSaltRotation(deps);
    now += 70_000;
    expect(await showSalts(deps)).toMatchObject({ rotation: { left: 1, orphans: 0 } });
    expect(await finishSaltRotation(deps)).toMatchObject({ left: 1 });
    expect((await read()).body).toMatchObject({ exists: false, revision: 0, envelopes: [] });
    const next = { ...passkeyEnvelope(device, ''), saltId: rotation?.next ?? '' };
    expect((await write({ revision: 1, envelopes: [next] })).status).toBe(409);
    const made = await write({ revision: 0, envelopes: [next], data: id(500) });
    expect(made.body).toEqual({ revision: 2 });
    expect((await read()).body).toMatchObject({ exists: true, envelopes: [{ id: next.id }] });
  });

  it('needs a salt, which a server with vaults makes', async () => {
    const without = await startTestApp({ env: { VAULT: 'off' } });
    const acts = { ...without.deps, operator: 'root' };
    await expect(beginSaltRotation(acts)).rejects.toEqual(refused('salt_missing'));
    await expect(showSalts(acts)).rejects.toEqual(refused('salt_missing'));
    await without.close();
  });
});

/** An account whose vault its one passkey opens. */
async function withVault({ data }: { data: string | undefined } = { data: id(500) }) {
  const [browser, device] = [app.browser(), app.device()];
  await browser.signUp(app.newName(), device);
  const [credential] = device.credentials;
  const { salt } = await showSalts(deps);
  const envelope = { ...passkeyEnvelope(credential?.id, ''), saltId: salt };
  const write = (body: unknown) => browser.request('PUT', '/api/vault', body);
  const read = () => browser.get('/api/vault');
  const made = await write({ revision: 0, envelopes: [envelope], data });
  expect(made.status).toBe(200);
  if (data !== undefined) {
    const opened = { ...envelope, opened: true };
    expect((await write({ revision: 1, envelopes: [opened] })).status).toBe(200);
  }
  return { device: credential?.id, envelope, write, read, salt };
}
