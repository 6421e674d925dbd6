import type { AppleArrival } from '../records/apple.ts';
import type { Store } from '../store/store.ts';
import { at, id, newNonce, newSession, newUser } from './records.ts';
import { signedUp } from './stored-accounts.ts';

const team = 'team';

/** Calls every operation on links with Apple, as `everyOperation` does the others. */
export async function everyAppleOperation(store: Store): Promise<void> {
  const arrival = (sub: string, transferSub: string | null = null): AppleArrival => ({
    ...{ teams: [team, 'other'], sub, transferSub, at, toldAt: at, checkDueAt: at },
    address: { email: 'a@example.org', isVerified: true, isPrivate: true },
    name: { givenName: 'Ada', familyName: null },
    token: { id: id(), clientId: 'app', sealed: 'x' },
  });
  const come = (given: AppleArrival) => {
    const user = newUser();
    return store.completeAppleSignIn({
      ...{ nonce: newNonce(), arrival: given, replaces: null, admit: () => {} },
      newcomer: { user, usernameKey: user.username },
      open: (coming) => ({ session: newSession(coming.user.id, { method: 'apple' }), audit: [] }),
    });
  };
  const [sub, next] = [id(), id()];
  const user = await come(arrival(sub));
  await come(arrival(sub));
  await store.findAppleLinks(user.id);
  const notify = (event: Parameters<Store['applyAppleNotification']>[0]['event']) =>
    store.applyAppleNotification({
      ...{ jti: id(), expiresAt: at, teams: [team], sub, event, at, eventAt: at },
      audit: () => [],
    });
  await notify({ type: 'email-disabled', email: 'a@example.org' });
  await notify({ type: 'email-enabled', email: null });
  for (const { tokens, ...due } of await store.takeAppleChecks(at, at + 1)) {
    const [first] = tokens;
    await store.noteAppleCheck({
      ...{ ...due, takenAt: at, dueAt: at + 1, resealed: tokens, isValid: false, audit: [] },
      gone: first === undefined ? [] : [first.id],
    });
  }
  await store.listAppleLinks(team, 's1', 10);
  await store.keepTransferSub({ team, sub, transferSub: next, at });
  await come({ ...arrival(id(), next), teams: ['third'] });
  await store.receiveApplePerson({
    ...{ from: { team, sub }, to: { team: 'fourth', sub: next } },
    ...{ address: { email: 'b@example.org', isVerified: true, isPrivate: true }, at },
  });
  await notify({ type: 'consent-revoked' });
  await notify({ type: 'account-deleted' });
  const owner = await signedUp(store);
  await store.linkApple({
    ...{ nonce: newNonce(), userId: owner.user.id, sessionId: owner.session.id, audit: [] },
    arrival: arrival(id()),
  });
  await store.unlinkApple({
    ...{ userId: owner.user.id, keepSession: owner.session.id, at, audit: [] },
    keepOneOf: { passkeys: [owner.credential.id], apple: [] },
  });
  const carried = { ...newUser(), disabledAt: null, policy: null };
  await store.importAccounts([
    {
      ...{ user: carried, usernameKey: carried.username, credentials: [], audit: [] },
      apple: [
        {
          ...{ team, sub: id(), userId: carried.id, state: 'active', stateChangedAt: at },
          ...{ givenName: 'Ada', familyName: null, createdAt: at, lastUsedAt: at },
          transferSub: null,
        },
      ],
    },
  ]);
}
