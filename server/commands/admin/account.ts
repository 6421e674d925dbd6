import type { User } from '../../records/user.ts';
import { accountView, stateOf } from './accounts.ts';
import type { AdminDeps } from './operator.ts';
import { passkeyTable, passkeyView } from './passkeys.ts';
import { type Answer, plain, time } from './print.ts';
import { sessionTable, sessionViews } from './sessions.ts';

export async function showAccount({ config, store, now }: AdminDeps, user: User): Promise<Answer> {
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
    ['policy', policyOf(config, user)],
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

function policyOf({ credentialPolicies }: AdminDeps['config'], { policy }: User): string {
  if (policy === null) return 'default';
  const isKnown = Object.hasOwn(credentialPolicies, policy);
  return isKnown ? policy : `${policy}, which is not configured: the default one holds`;
}
