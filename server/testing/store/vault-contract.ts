/** What every store must do with vaults and with the salt that opens them. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../records/credential.ts';
import { type Envelope, saltId } from '../../records/vault.ts';
import type { Store } from '../../store/store.ts';
import { at, entry, id, newAddition, newCredential } from '../records.ts';
import { accountWith, code, signedUp } from '../stored-accounts.ts';

const bytes = (value: number, length = 32) => new Uint8Array(length).fill(value);
const first = bytes(1);
const second = bytes(2);

export function describeVaults(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
    await store.keepSalts(first);
    return () => store.close();
  });

  const passkey = (of: Credential, more: Partial<Envelope> = {}): Envelope => ({
    ...{ id: id(), kind: 'passkey', credentialId: of.id, saltId: saltId(first) },
    ...{ fingerprint: id(), wrappedKey: bytes(7, 190), createdAt: at, lastUsedAt: at },
    ...more,
  });
  const recovery = (more: Partial<Envelope> = {}): Envelope => ({
    ...{ id: id(), kind: 'recovery', credentialId: null, saltId: null },
    ...{ fingerprint: id(), wrappedKey: bytes(8, 315), createdAt: at + 1, lastUsedAt: at },
    ...more,
  });

  type Write = Parameters<Store['writeVault']>[0];
  const write = (userId: string, envelopes: readonly Envelope[], more: Partial<Write> = {}) =>
    store.writeVault({
      ...{ userId, expected: null, revision: 1, data: bytes(9, 1000), rotationDue: false },
      ...{ envelopes, audit: [entry(userId, 'vault-created')] },
      ...more,
    });

  /** An account with two passkeys, both of which open its vault. */
  async function withVault() {
    const account = await accountWith(store, {}, {});
    const [one, two] = account.all as [Credential, Credential];
    const envelopes = [passkey(one), passkey(two, { createdAt: at + 1 })] as const;
    expect(await write(account.user.id, envelopes)).toBe(true);
    return { ...account, one, two, envelopes };
  }

  const by = (when = at) => ({ id: id(), at: when, operator: 'root' });
  const begin = (next: Uint8Array, when = at) =>
    store.beginSaltRotation(next, {
      ...by(when),
      ...{ kind: 'salt-rotation-begun', evidence: { salt: saltId(next) } },
    });
  const finish = () =>
    store.finishSaltRotation(({ salts, left }) => ({
      ...by(at + 9),
      ...{ kind: 'salt-rotation-finished', evidence: { salt: saltId(salts.next), left } },
    }));

  const deletion = (of: Credential, ...others: Credential[]) => ({
    ...{ userId: of.userId, id: of.id, keepSession: '', audit: [] },
    keepOneOf: { passkeys: others.map((each) => each.id), apple: [] },
  });

  describe('a vault', () => {
    it('is there as it was written, its envelopes in the order in which they were made', async () => {
      const { user, credential } = await signedUp(store);
      expect(await store.findVault(user.id)).toBeNull();
      const envelopes = [passkey(credential), recovery(), recovery({ createdAt: at + 2 })];
      await write(user.id, envelopes.toReversed());
      expect(await store.findVault(user.id)).toEqual({
        ...{ userId: user.id, exists: true, revision: 1, rotationDue: false },
        ...{ data: Buffer.from(bytes(9, 1000)) },
        envelopes: envelopes.map((each) => ({
          ...each,
          wrappedKey: Buffer.from(each.wrappedKey),
        })),
      });
      expect(
        (await store.listAudit(user.id, { limit: 9 })).entries.map(({ kind }) => kind),
      ).toContain('vault-created');
    });

    it('keeps its data where none is given, and only the envelopes that are', async () => {
      const { user, one } = await withVault();
      const [next] = [passkey(one)];
      const change = { expected: 1, revision: 2, data: undefined, rotationDue: true };
      expect(await write(user.id, [next], change)).toBe(true);
      const vault = await store.findVault(user.id);
      expect(vault).toMatchObject({ revision: 2, rotationDue: true });
      expect(vault?.data).toHaveLength(1000);
      expect(vault?.envelopes.map((each) => each.id)).toEqual([next.id]);
    });

    it('is found before anything was written into it', async () => {
      const { user, credential } = await signedUp(store);
      await write(user.id, [passkey(credential)], { data: undefined });
      expect(await store.findVault(user.id)).toMatchObject({ exists: true, data: null });
    });

    it('of many who write at once, one does', async () => {
      const { user, credential } = await signedUp(store);
      const racing = (more: Partial<Write>) =>
        Promise.all(Array.from({ length: 20 }, () => write(user.id, [passkey(credential)], more)));
      const made = await racing({});
      expect(made.filter(Boolean)).toHaveLength(1);
      const changed = await racing({ expected: 1, revision: 2 });
      expect(changed.filter(Boolean)).toHaveLength(1);
      const vault = await store.findVault(user.id);
      expect(vault?.revision).toBe(2);
      expect(vault?.envelopes).toHaveLength(1);
    });

    it('is not written over another revision, and nothing of the attempt stays', async () => {
      const { user, one } = await withVault();
      for (const expected of [null, 0, 2]) {
        const change = { expected, revision: 2, data: bytes(3, 3) };
        expect(await write(user.id, [passkey(one)], change)).toBe(false);
      }
      const vault = await store.findVault(user.id);
      expect(vault?.envelopes).toHaveLength(2);
      expect(vault?.data).toHaveLength(1000);
      expect(
        (await store.listAudit(user.id, { limit: 9 })).entries.map(({ kind }) => kind),
      ).toEqual(['vault-created']);
    });

    it('takes no envelope of a passkey that is gone or another’s, nor for a salt of the past', async () => {
      const { user, credential } = await signedUp(store);
      const stranger = await signedUp(store);
      const refused = [
        passkey(stranger.credential),
        passkey({ ...credential, id: 'gone' }),
        passkey(credential, { saltId: saltId(second) }),
      ];
      for (const each of refused) {
        expect(await write(user.id, [passkey(credential), each])).toBe(false);
      }
      expect(await store.findVault(user.id)).toBeNull();
    });

    it('goes with its account, and there is none for one that is gone', async () => {
      const { user, one } = await withVault();
      await store.deleteAccount(user.id, at);
      expect(await store.findVault(user.id)).toBeNull();
      await expect(write(user.id, [passkey(one)])).rejects.toEqual(code('unauthenticated'));
    });

    it('is deleted but for its revision, which the next one goes on from', async () => {
      const { user, one } = await withVault();
      await expect(store.deleteVault('nobody', [])).rejects.toEqual(code('not_found'));
      await store.deleteVault(user.id, [entry(user.id, 'vault-deleted')]);
      await expect(store.deleteVault(user.id, [])).rejects.toEqual(code('not_found'));
      const gone = { exists: false, revision: 2, data: null, rotationDue: false, envelopes: [] };
      expect(await store.findVault(user.id)).toEqual({ userId: user.id, ...gone });
      expect(await write(user.id, [passkey(one)])).toBe(false);
      expect(await write(user.id, [passkey(one)], { expected: 2, revision: 3 })).toBe(true);
      expect(await store.findVault(user.id)).toMatchObject({ exists: true, revision: 3 });
    });
  });

  describe('the envelopes of a passkey that is deleted', () => {
    it('go with it, and the key is to be changed', async () => {
      const { user, one, two } = await withVault();
      await store.deleteCredential(deletion(one, two));
      const vault = await store.findVault(user.id);
      expect(vault).toMatchObject({ exists: true, revision: 2, rotationDue: true });
      expect(vault?.envelopes.map(({ credentialId }) => credentialId)).toEqual([two.id]);
    });

    it('stay, and so does the passkey, if nothing else opens the vault', async () => {
      const { user, one, two, envelopes } = await withVault();
      await write(user.id, [envelopes[0]], { expected: 1, revision: 2 });
      await expect(store.deleteCredential(deletion(one, two))).rejects.toEqual(
        code('last_envelope'),
      );
      expect(await store.findCredential(one.id)).not.toBeNull();
      expect(await store.findVault(user.id)).toMatchObject({ revision: 2, rotationDue: false });
      await store.deleteCredential(deletion(two, one));
      expect(await store.findVault(user.id)).toMatchObject({ revision: 2, rotationDue: false });
    });

    it('stay if all that is left never opened the vault, or is for a salt of the past', async () => {
      const { user, one, two, envelopes } = await withVault();
      const never = passkey(two, { lastUsedAt: null });
      await write(user.id, [envelopes[0], never], { expected: 1, revision: 2 });
      await expect(store.deleteCredential(deletion(one, two))).rejects.toEqual(
        code('last_envelope'),
      );
      await begin(second);
      const moved = passkey(one, { saltId: saltId(second) });
      await write(user.id, [moved, envelopes[1]], { expected: 2, revision: 3 });
      await finish();
      await expect(store.deleteCredential(deletion(one, two))).rejects.toEqual(
        code('last_envelope'),
      );
    });

    it('stay if all that is left is for a passkey that is revoked', async () => {
      const { user, one, two } = await withVault();
      const third = newCredential(user.id, { createdAt: at + 9 });
      await store.importAccounts([
        { user, usernameKey: user.username, credentials: [third], audit: [] },
      ]);
      await store.setCredentialState({
        ...{ userId: user.id, id: two.id, state: 'revoked', audit: [] },
      });
      await expect(store.deleteCredential(deletion(one, third))).rejects.toEqual(
        code('last_envelope'),
      );
      await store.deleteCredential(deletion(two, one));
      expect((await store.findVault(user.id))?.envelopes).toHaveLength(1);
    });

    it('go if a recovery code opens it', async () => {
      const { user, one, two, envelopes } = await withVault();
      await write(user.id, [envelopes[0], recovery()], { expected: 1, revision: 2 });
      await store.deleteCredential(deletion(one, two));
      expect((await store.findVault(user.id))?.envelopes).toHaveLength(1);
    });

    it('go, and a vault that holds nothing with them', async () => {
      const { user, credential, session } = await signedUp(store);
      const other = newCredential(user.id);
      await store.completeAddition(newAddition(session, { credential: other }));
      const unused = passkey(credential, { lastUsedAt: null });
      await write(user.id, [unused], { data: undefined });
      await store.deleteCredential(deletion(credential, other));
      expect(await store.findVault(user.id)).toMatchObject({ exists: false, envelopes: [] });
    });

    it('go where nobody guards the vault', async () => {
      const { user, one, two, envelopes } = await withVault();
      await write(user.id, [envelopes[0]], { expected: 1, revision: 2 });
      await store.deleteCredential({ ...deletion(one, two), ignoresVault: true });
      expect((await store.findVault(user.id))?.envelopes).toEqual([]);
    });

    it('but for one, if twenty passkeys are deleted at once', async () => {
      const account = await accountWith(store, ...Array.from({ length: 20 }, () => ({})));
      const { user, all } = account;
      await write(
        user.id,
        all.map((each) => passkey(each)),
      );
      const without = newCredential(user.id, { createdAt: at + 9 });
      const { username } = user;
      await store.importAccounts([
        { user, usernameKey: username, credentials: [without], audit: [] },
      ]);
      const outcomes = await Promise.allSettled(
        all.map((each) => store.deleteCredential(deletion(each, without))),
      );
      const refused = outcomes.filter(({ status }) => status === 'rejected');
      expect(refused).toMatchObject([{ reason: { code: 'last_envelope' } }]);
      expect((await store.findVault(user.id))?.envelopes).toHaveLength(1);
    });

    it('never all of them, however many passkeys are deleted at once', async () => {
      for (let round = 0; round < 10; round++) {
        const { user, one, two } = await withVault();
        const third = newCredential(user.id, { createdAt: at + 9 });
        const { username } = user;
        const account = { user, usernameKey: username, credentials: [third], audit: [] };
        await store.importAccounts([account]);
        const outcomes = await Promise.allSettled([
          store.deleteCredential(deletion(one, third)),
          store.deleteCredential(deletion(two, third)),
        ]);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect((await store.findVault(user.id))?.envelopes).toHaveLength(1);
      }
    });
  });

  describe('the salt', () => {
    it('is made once, and is the same for whoever asks', async () => {
      const kept = { current: Buffer.from(first), next: null, rotatingSince: null };
      expect(await store.keepSalts(second)).toEqual(kept);
      expect(await store.findSalts()).toEqual(kept);
    });

    it('has one rotation at a time', async () => {
      expect(await store.saltRotation()).toBeNull();
      expect(await finish()).toBeNull();
      await begin(second);
      await begin(bytes(3), at + 5);
      const salts = { current: Buffer.from(first), next: Buffer.from(second), rotatingSince: at };
      expect(await store.findSalts()).toEqual(salts);
      expect(await store.saltRotation()).toEqual({ salts, left: 0, orphans: 0 });
      expect(await finish()).toEqual({ salts, left: 0, orphans: 0 });
      expect(await store.findSalts()).toEqual({
        ...{ current: Buffer.from(second), next: null, rotatingSince: null },
      });
    });

    it('is rotated once by twenty at once, and who did it is kept', async () => {
      const twenty = Array.from({ length: 20 }, (_, index) => index + 2);
      await Promise.all(twenty.map((value) => begin(bytes(value))));
      const next = Buffer.from((await store.findSalts())?.next ?? []);
      const ends = await Promise.all(twenty.map(() => finish()));
      expect(ends.filter((each) => each !== null)).toHaveLength(1);
      expect((await store.findSalts())?.current).toEqual(next);
      expect(await store.listOperatorEntries(10)).toMatchObject([
        { kind: 'salt-rotation-finished', evidence: { salt: saltId(next), left: 0 } },
        { kind: 'salt-rotation-begun', evidence: { salt: saltId(next) } },
      ]);
    });

    it('there has to be one before it can be rotated', async () => {
      const empty = await open();
      const evidence = { salt: saltId(second) };
      await empty.beginSaltRotation(second, { ...by(), kind: 'salt-rotation-begun', evidence });
      expect(await empty.findSalts()).toBeNull();
      expect(await empty.listOperatorEntries(10)).toEqual([]);
      await empty.close();
    });

    it('is not taken from a vault that nothing else opens', async () => {
      const { user, one, two, envelopes } = await withVault();
      await begin(second);
      expect(await finish()).toMatchObject({ left: 2, orphans: 1 });
      expect((await store.findSalts())?.next).not.toBeNull();
      expect(await store.listOperatorEntries(10)).toHaveLength(1);
      const moved = passkey(one, { saltId: saltId(second), lastUsedAt: null });
      await write(user.id, [...envelopes, moved], { expected: 1, revision: 2 });
      expect(await store.saltRotation()).toMatchObject({ left: 2, orphans: 1 });
      const opened = { ...moved, lastUsedAt: at };
      await write(user.id, [...envelopes, opened], { expected: 2, revision: 3 });
      expect(await finish()).toMatchObject({ left: 1, orphans: 0 });
      const late = passkey(two);
      expect(await write(user.id, [opened, late], { expected: 3, revision: 4 })).toBe(false);
    });

    it('is taken from vaults that a recovery code opens, and from those that hold nothing', async () => {
      const { user, envelopes } = await withVault();
      await write(user.id, [envelopes[0], recovery()], { expected: 1, revision: 2 });
      const { user: other, credential } = await signedUp(store);
      await write(other.id, [passkey(credential)], { data: undefined });
      await begin(second);
      expect(await finish()).toMatchObject({ left: 2, orphans: 0 });
    });

    it('a passkey that is revoked does not count', async () => {
      const { user, one, two, envelopes } = await withVault();
      await begin(second);
      const moved = passkey(two, { saltId: saltId(second) });
      await write(user.id, [envelopes[0], moved], { expected: 1, revision: 2 });
      const state = { userId: user.id, id: two.id, state: 'revoked', audit: [] } as const;
      await store.setCredentialState(state);
      expect(await store.saltRotation()).toMatchObject({ left: 1, orphans: 1 });
      await store.setCredentialState({ ...state, id: one.id });
      expect(await store.saltRotation()).toMatchObject({ left: 0, orphans: 0 });
    });

    it('is never taken while somebody writes for it', async () => {
      for (let round = 0; round < 10; round++) {
        const { user, credential } = await signedUp(store);
        await begin(bytes(round + 10));
        const salts = await store.findSalts();
        const current = saltId(salts?.current ?? first);
        const [isWritten, rotation] = await Promise.all([
          write(user.id, [passkey(credential, { saltId: current })]),
          finish(),
        ]);
        // Whichever was first: a vault for the old salt keeps it, or is not made.
        expect(rotation?.orphans).toBe(isWritten ? 1 : 0);
        await store.deleteAccount(user.id, at);
        if (isWritten) await finish();
      }
    });
  });
}
