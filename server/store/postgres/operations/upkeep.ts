import type { Store } from '../../store.ts';
import type { Statements } from '../connections.ts';
import type { Access } from '../transactions.ts';

const single = { autocommit: true, repeatable: true };

/** Entries that are older have been looked at by another purge: nodes do it every minute. */
const recentMs = 2 * 60_000;

async function purgeAll(
  { write }: Access,
  batch: (on: Statements) => Promise<{ removed: number; more: boolean }>,
): Promise<number> {
  for (let total = 0; ; ) {
    const { removed, more } = await write(batch, single);
    total += removed;
    if (!more) return total;
  }
}

/** Holds accounts that made many entries lately to what an account may keep. */
async function keepHistories({ read, write }: Access, now: number): Promise<number> {
  let total = 0;
  for (const userId of await read((on) => on.audit.busyAccounts(now - recentMs))) {
    for (let removed = 1; removed > 0; total += removed) {
      removed = await write((on) => on.audit.thin(userId), single);
    }
    total += await write(
      async (on) => {
        const ended = await on.sessions.endSurplus(userId);
        if (ended > 0) await on.oidc.noteEnds(userId);
        return ended;
      },
      { repeatable: true },
    );
  }
  return total;
}

export const upkeepOperations = (access: Access): Pick<Store, 'keepKey' | 'purge'> => ({
  keepKey: (name, candidate) => access.write((on) => on.keptKeys.keep(name, candidate), single),
  purge: async (now, auditBefore) => {
    await access.write((on) => on.purge.raiseHorizon(now), single);
    return (
      (await purgeAll(access, (on) => on.purge.nonces(now))) +
      (await purgeAll(access, (on) => on.purge.sessions(now))) +
      (await purgeAll(access, (on) => on.purge.records(now))) +
      (await purgeAll(access, (on) => on.purge.logins(now))) +
      (await purgeAll(access, (on) => on.purge.enrolments(now))) +
      (await purgeAll(access, (on) => on.purge.notifications(now))) +
      (await purgeAll(access, (on) => on.purge.messages(now))) +
      (await purgeAll(access, (on) => on.purge.addressCodes(now))) +
      (await purgeAll(access, (on) => on.purge.recoveryLinks(now))) +
      (await purgeAll(access, (on) => on.purge.recoveryBrowsers(now))) +
      (await purgeAll(access, (on) => on.purge.invitations(now))) +
      (await purgeAll(access, (on) => on.purge.audit(auditBefore))) +
      (await purgeAll(access, (on) => on.purge.operators(auditBefore))) +
      (await keepHistories(access, now))
    );
  },
});
