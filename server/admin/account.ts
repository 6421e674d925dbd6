import { findProvider } from '../policy/provider.ts';
import type { Credential, User } from '../store/store.ts';
import { accountView, stateOf } from './accounts.ts';
import type { AdminDeps } from './operator.ts';
import { type Answer, isoTime, letters, plain, table, time } from './print.ts';
import { sessionTable, sessionViews } from './sessions.ts';

export async function showAccount({ store, now }: AdminDeps, user: User): Promise<Answer> {
  const [passkeys, sessions] = await Promise.all([
    store.listCredentials(user.id),
    store.listSessions(user.id, now()),
  ]);
  const facts = [
    ['user name', user.username],
    ['display name', user.displayName],
    ['id', user.id],
    ['created', time(user.createdAt)],
    ['state', stateOf(user)],
    ['passkeys', String(passkeys.length)],
    ['sessions', String(sessions.length)],
  ];
  const blocks = [
    facts.map(([name = '', value = '']) => `${name.padEnd(14)}${plain(value)}`).join('\n'),
    ...(passkeys.length > 0 ? [passkeyTable(passkeys)] : []),
    ...(sessions.length > 0 ? [sessionTable(sessions)] : []),
  ];
  return {
    text: blocks.join('\n\n'),
    json: {
      account: accountView(user),
      counts: { passkeys: passkeys.length, sessions: sessions.length },
      passkeys: passkeys.map(passkeyView),
      sessions: sessionViews(sessions),
    },
  };
}

const providerOf = ({ aaguid }: Credential) => findProvider(aaguid)?.name ?? 'unknown';

function passkeyTable(passkeys: readonly Credential[]): string {
  const rows = passkeys.map((each) => [
    each.name,
    providerOf(each),
    each.state,
    time(each.createdAt),
    time(each.lastUsedAt),
    // WebAuthn L3 §6.1: backup eligibility and state; and whether user verification was ever seen.
    letters({ BE: each.backupEligible, BS: each.backedUp, UV: each.uvInitialized }),
    each.id,
  ]);
  return table(['PASSKEY', 'PROVIDER', 'STATE', 'CREATED', 'LAST USED', 'FLAGS', 'ID'], rows);
}

/** Neither the public key nor the attestation: nobody needs to read them. */
function passkeyView(passkey: Credential) {
  const { id, name, state, aaguid, algorithm, signCount, transports, attachment, rpId } = passkey;
  const { backupEligible, backedUp, uvInitialized } = passkey;
  return {
    id,
    name,
    provider: providerOf(passkey),
    aaguid,
    state,
    createdAt: isoTime(passkey.createdAt),
    lastUsedAt: isoTime(passkey.lastUsedAt),
    flags: { backupEligible, backedUp, uvInitialized },
    algorithm,
    signCount,
    transports,
    attachment,
    rpId,
  };
}
