import { setImmediate as nextTurn } from 'node:timers/promises';
import { lookedAt } from '../../history-limits.ts';
import type { Store } from '../../store.ts';
import type { Access, Statements } from '../statements.ts';

/** Deletes batch by batch, each in a turn of its own: no backlog stops the event loop. */
async function purgeAll(
  { write }: Access,
  purgeSome: (on: Statements) => { removed: number; more: boolean },
): Promise<number> {
  for (let total = 0; ; ) {
    const { removed, more } = await write(purgeSome);
    total += removed;
    if (!more) return total;
  }
}

/** Ends what the end of accounts has begun, here or in a process that was killed. */
export async function eraseHistories({ read, write }: Access): Promise<void> {
  while (await read((on) => on.audit.isErasing())) await write((on) => on.audit.eraseSome());
}

/** Holds accounts that made many entries since the last time to what an account may keep. */
function historyKeeper({ read, write }: Access) {
  let seen: number | undefined;

  async function thin(userId: string): Promise<number> {
    for (let total = 0; ; ) {
      const removed = await write((on) => on.audit.thin(userId));
      total += removed;
      if (removed === 0) return total;
    }
  }

  return async (): Promise<number> => {
    const latest = await read((on) => on.audit.latest());
    let total = 0;
    // At first as many as may have been made shortly before the start.
    for (let from = seen ?? latest - 10 * lookedAt; from < latest; from += lookedAt) {
      await nextTurn();
      const upTo = Math.min(latest, from + lookedAt);
      for (const userId of await read((on) => on.audit.busyAccounts(from, upTo))) {
        total += await thin(userId);
        total += await write((on) => {
          const ended = on.sessions.endSurplus(userId);
          if (ended > 0) on.oidc.noteEnds(userId);
          return ended;
        });
      }
    }
    seen = latest;
    return total;
  };
}

export function upkeepOperations(access: Access): Pick<Store, 'keepKey' | 'purge'> {
  const keepHistories = historyKeeper(access);
  return {
    keepKey: (name, candidate) => access.write((on) => on.keptKeys.keep(name, candidate)),
    async purge(now, auditBefore) {
      const removed =
        (await purgeAll(access, (on) => on.purge.nonces(now))) +
        (await purgeAll(access, (on) => on.purge.sessions(now))) +
        (await purgeAll(access, (on) => on.purge.records(now))) +
        (await purgeAll(access, (on) => on.purge.logins(now))) +
        (await purgeAll(access, (on) => on.purge.enrolments(now))) +
        (await purgeAll(access, (on) => on.purge.invitations(now))) +
        (await purgeAll(access, (on) => on.purge.messages(now))) +
        (await purgeAll(access, (on) => on.purge.notifications(now))) +
        (await purgeAll(access, (on) => on.purge.addressCodes(now))) +
        (await purgeAll(access, (on) => on.purge.recoveryLinks(now))) +
        (await purgeAll(access, (on) => on.purge.recoveryBrowsers(now))) +
        (await purgeAll(access, (on) => on.purge.operators(auditBefore))) +
        (await purgeAll(access, (on) => on.audit.purge(auditBefore))) +
        (await keepHistories());
      await eraseHistories(access);
      return removed;
    },
  };
}
