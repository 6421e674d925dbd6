import { falseIfGone, lineagesOf, type OidcStore } from '../../oidc.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

export const oidcOperations = ({ read, write }: Access): OidcStore => ({
  findOidcRecord: (key, now) => read((on) => on.oidc.find(key, now)),
  insertOnce: (record, now) => write((on) => on.oidc.insertOnce(record, now), { autocommit: true }),
  commitOidc: (changes) =>
    write(async (on) => {
      for (const { userId, lineage } of lineagesOf(changes.save)) {
        await on.oidc.holdOrRefuse(userId, lineage);
      }
      if (changes.consume !== null && !(await on.oidc.consumeOnce(changes.consume))) return false;
      const { signOut } = changes;
      await settleAll([
        ...changes.save.map((record) => on.oidc.save(record)),
        ...changes.remove.map((key) => on.oidc.remove(key)),
        ...changes.prolong.map(({ key, until }) => on.oidc.prolong(key, until)),
        signOut === null ? undefined : on.oidc.signOut(signOut.userId, signOut.lineage),
        ...changes.logins.map((login) => on.oidc.login(login)),
        signOut === null ? undefined : on.oidc.noteEnds(signOut.userId),
        on.audit.note(changes.audit),
      ]);
      return true;
    }).catch(falseIfGone),
  findLineage: (userId, lineage, now) =>
    read((on) => on.sessions.findLineage(userId, lineage, now)),
  takeEndedLogins: (now) => write((on) => on.oidc.takeEnded(now), { autocommit: true }),
  forgetLogin: (login) =>
    write(async (on) => void (await on.oidc.forget(login)), {
      autocommit: true,
      repeatable: true,
    }),
});
