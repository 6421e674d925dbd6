import { randomUUID } from 'node:crypto';
import type { OidcRecord } from '../records/oidc.ts';
import { type Envelope, saltId } from '../records/vault.ts';
import type { Store } from '../store/store.ts';
import { everyAppleOperation } from './every-apple-operation.ts';
import { at, entry, id, newNonce } from './records.ts';
import { newSignIn, newSignUp } from './traffic.ts';

/**
 * Calls every operation of a store, so that a test can look at its statements. Left out are `countCredentials`,
 * `countAppleLinks`, the end of a rotation of the salt and the list of keys: they read whole tables, and only
 * operators call them.
 */
export async function everyOperation(store: Store): Promise<void> {
  const signUp = newSignUp();
  const { user, credential, attestation, session } = signUp;
  const { audit } = newSignIn(signUp);
  await store.completeSignUp({ ...signUp, audit });
  const signIn = newSignIn(signUp);
  await store.completeSignIn(signIn);
  await store.completeSignIn({ ...newSignIn(signUp, signIn.session), clears: ['c1'] });
  await store.completeSignIn(signIn).catch(() => {});
  const second = { ...credential, id: newSignUp().credential.id };
  const addition = {
    nonce: newNonce(),
    sessionId: session.id,
    attestation,
    supersedes: null,
    limit: 2,
    unlessUsedSince: Number.MAX_SAFE_INTEGER,
    audit,
  };
  await store.completeAddition({ ...addition, supersedes: credential.id, credential: second });
  const refusal = { credentialId: credential.id, suspectedAt: 1, audit } as const;
  await store.recordRefusal({ nonce: newNonce(), ...refusal });
  await store.findUser(user.id);
  await store.findUserByName(signUp.usernameKey);
  await store.listUsers({ limit: 10 });
  await store.listUsers({ search: 'u1', after: 'u12', limit: 10 });
  await store.findCredential(credential.id);
  await store.listCredentials(user.id);
  await store.findSession(session.tokenHash, at);
  await store.listSessions(user.id, at);
  await store.noteAudit(audit);
  (await store.listAudit(user.id, { limit: 10 })).entries;
  const login = { userId: user.id, lineage: session.id, clientId: 'app', expiresAt: at };
  const record: OidcRecord = {
    ...{ key: id(32), model: 'Grant', payload: '{}', expiresAt: at, consumedAt: null },
    ...{ userId: user.id, lineage: session.id, outlivesSession: true, credentialId: null },
  };
  await store.insertOnce(record, at);
  await store.commitOidc({
    ...{ consume: { key: record.key, at, graceMs: 0 }, save: [record], remove: ['key'] },
    prolong: [{ key: record.key, until: at }],
    ...{ logins: [login], signOut: { userId: user.id, lineage: 'other' }, audit },
  });
  await store.findOidcRecord(record.key, at);
  await store.findLineage(user.id, session.id, at);
  await store.keepKey('decoy', new Uint8Array(32));
  const owned = { userId: user.id, id: credential.id, audit };
  await store.renameCredential({ ...owned, name: 'New' });
  await store.setCredentialState({ ...owned, state: 'active' });
  await store.postponeUpgrade({ ...owned, now: at, until: at });
  await store.assignPolicy(user.id, 'staff', audit);
  await store.updateAccount({ userId: user.id, displayName: 'New', audit });
  const { current } = await store.keepSalts(new Uint8Array(32));
  await store.findSalts();
  await store.beginSaltRotation(new Uint8Array(32).fill(1), {
    ...{ id: id(), at, operator: 'root', kind: 'salt-rotation-begun' },
    evidence: { salt: 'AQ' },
  });
  const envelope: Envelope = {
    ...{ id: id(), kind: 'passkey', credentialId: credential.id, saltId: saltId(current) },
    ...{ fingerprint: id(), wrappedKey: new Uint8Array(190), createdAt: at, lastUsedAt: at },
  };
  const recovery: Envelope = { ...envelope, id: id(), kind: 'recovery', credentialId: null };
  const vault = { userId: user.id, data: new Uint8Array(9), rotationDue: false, audit };
  const envelopes = [envelope, { ...recovery, saltId: null }];
  await store.writeVault({ ...vault, expected: null, revision: 1, envelopes });
  await store.writeVault({ ...vault, expected: 1, revision: 2, envelopes });
  await store.findVault(user.id);
  await store.deleteCredential({
    ...owned,
    keepOneOf: { passkeys: [second.id], apple: [] },
    keepSession: session.id,
  });
  await store.deleteVault(user.id, audit);
  await store.endOtherSessions({ userId: user.id, keep: session, audit });
  await store.endSession({ ...owned, id: session.id, appsToo: true });
  await store.endSessions(user.id, audit);
  await store.disableUser(user.id, at, audit);
  await store.completeSignIn(newSignIn(signUp)).catch(() => {});
  const deleted = {
    kind: 'account-deleted',
    at,
    evidence: { userAgent: null, country: null, username: 'ann' },
  } as const;
  await store.deleteAccount(user.id, at, {
    deletion: deleted,
    by: {
      ...{ id: id(), at, operator: 'root', kind: 'account-deleted' },
      evidence: { account: user.id, passkeys: 2, sessions: 0 },
    },
  });
  const invitation = {
    ...{ id: id(), tokenHash: id(32), username: null, expiresAt: at, operator: 'root' },
  };
  await store.offerInvitation(invitation, {
    ...{ id: id(), at, operator: 'root', kind: 'account-invited' },
    evidence: { invitation: invitation.id, isNamed: false, expiresAt: at },
  });
  const invited = { tokenHash: invitation.tokenHash, now: at - 1 };
  await store.findInvitation(invited.tokenHash, invited.now);
  await store.listInvitations({ now: at - 1, limit: 10 });
  await store.completeSignUp({ ...newSignUp(), invitation: invited });
  const withdrawal = {
    kind: 'invitation-revoked',
    evidence: { invitation: invitation.id },
  } as const;
  const actOn = { id: id(), at, operator: 'root' };
  await store.revokeInvitation(invitation.id, at, { ...actOn, ...withdrawal }).catch(() => {});
  const key = { id: id(), name: 'crm', scopes: [], createdAt: at, expiresAt: at, lastUsedOn: null };
  const act = { id: id(), at, operator: 'root' };
  await store.makeOperatorKey(
    { ...key, keyHash: key.id },
    { ...act, kind: 'operator-key-made', evidence: { ...key, key: key.id } },
  );
  await store.findOperatorKey(key.id, at);
  await store.noteOperatorKeyUse(key.id, '2026-03-01');
  const alive = { id: key.id, now: at - 1 };
  await store.underOperatorKey(alive, (inner) => inner.noteAudit(audit)).catch(() => {});
  await store.readFeed(0, 10);
  const revocation = { kind: 'operator-key-revoked', evidence: { key: key.id } } as const;
  await store.revokeOperatorKey(key.id, { ...act, id: id(), ...revocation });
  await store.listOperatorEntries(10);
  await store.takeEndedLogins(at);
  await store.forgetLogin(login);
  const open = { disabledAt: null, policy: null };
  const account = { user: { ...user, ...open }, usernameKey: signUp.usernameKey, audit };
  await store.importAccounts([{ ...account, credentials: [credential] }]);
  await store.importAccounts([{ ...account, credentials: [second] }]);
  const moved = newSignUp();
  // Under a wrong user handle first.
  for (const id of [moved.user.id, newSignUp().user.id]) {
    await store.importAccounts([
      {
        ...{ user: { ...moved.user, ...open, id }, usernameKey: moved.usernameKey },
        ...{ credentials: [{ ...moved.credential, userId: id }] },
        audit: [entry(id, 'account-imported')],
      },
    ]);
  }
  await store.addMessages([
    { channel: 'mail', subject: user.id, message: '{}', createdAt: at, dueAt: at },
  ]);
  for (const message of await store.takeMessages('mail', at, 1000)) {
    await store.postponeMessage(message, at);
    await store.giveUpMessage(message, 'refused');
    await store.deliveredMessage(message);
  }
  await store.listFailedMessages(100);
  await store.retryMessages(randomUUID(), at, {
    ...{ id: id(), at, operator: 'root', kind: 'messages-retried' },
    evidence: { message: null },
  });
  await everyAppleOperation(store);
  // Few entries, so that no history is thinned out.
  const by = { userId: user.id, audit: [] };
  await store.noteAudit([entry(user.id, 'recovery-code-set')]);
  const code = { codeHash: 'hash', tries: 5, expiresAt: at + 1000, outbox: [] };
  const address = { address: 'ann@example.com', addressKey: 'ann@example.com' };
  await store.offerAddress({ ...by, ...address, ...code });
  await store.verifyAddress({ ...by, codeHash: 'hash', now: at });
  await store.findAddress(user.id);
  await store.findAddressOwners('ann@example.com');
  const link = { tokenHash: id(32), browserHash: 'browser', now: at };
  const offer = { userId: user.id, expiresAt: at + 1000, since: 0, limit: 5 };
  await store.offerRecoveryLink({ ...link, ...offer });
  await store.findRecoveryLink(link);
  const wait = { opensAt: at + 1, expiresAt: at + 1000, vetoHash: 'veto', audit: by.audit };
  await store.startRecoveryWait({ ...link, ...wait });
  await store.findRecoveryWait(user.id, at);
  await store.findVeto('veto', at);
  await store.stopRecovery(by);
  const opening = { session, replaces: null, audit: by.audit };
  for (const verifierHash of [null, 'hash']) {
    await store.redeemRecoveryLink({ ...link, ...opening, verifierHash }).catch(() => {});
  }
  await store.removeAddress(by);
  await store.exportAccounts('u1', 10);
  await store.sampleCredentials('c1', 10);
  await store.purge(at, at);
}
