import { falseIfGone, lineagesOf, type OidcStore } from '../../oidc.ts';
import type { Access } from '../statements.ts';

export const oidcOperations = ({ read, write }: Access): OidcStore => ({
  findOidcRecord: (key, now) => read((on) => on.oidc.find(key, now)),
  insertOnce: (record, now) => write((on) => on.oidc.insertOnce(record, now)),
  commitOidc: (changes) =>
    write((on) => {
      if (changes.consume !== null && !on.oidc.consumeOnce(changes.consume)) return false;
      for (const { userId, lineage } of lineagesOf(changes.save)) {
        on.oidc.refuseEnded(userId, lineage);
      }
      for (const record of changes.save) on.oidc.save(record);
      for (const key of changes.remove) on.oidc.remove(key);
      for (const { key, until } of changes.prolong) on.oidc.prolong(key, until);
      for (const login of changes.logins) on.oidc.login(login);
      if (changes.signOut !== null) {
        on.oidc.signOut(changes.signOut.userId, changes.signOut.lineage);
      }
      on.audit.note(changes.audit);
      return true;
    }).catch(falseIfGone),
  findLineage: (userId, lineage, now) =>
    read((on) => on.sessions.findLineage(userId, lineage, now)),
  takeEndedLogins: (now) => write((on) => on.oidc.takeEnded(now)),
  forgetLogin: (login) => write((on) => on.oidc.forget(login)),
});
