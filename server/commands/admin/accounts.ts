import type { AccountChange, listAccounts, WholeAccount } from '../../administration/accounts.ts';
import type { DeletedAccount, OperatorActs } from '../../administration/delete-account.ts';
import type { AccountFacts, AppleFacts } from '../../administration/facts.ts';
import { passkeyTable } from './passkeys.ts';
import { plain, table, time } from './print.ts';
import { sessionTable } from './sessions.ts';

export function listText({ accounts, next }: Awaited<ReturnType<typeof listAccounts>>): string {
  const rows = accounts.map((each) => [
    each.username,
    each.displayName,
    time(each.createdAt),
    stateOf(each),
    each.id,
  ]);
  const more = next === null ? '' : `\n\nThere are more: --after ${plain(next)}`;
  return table(['USER NAME', 'DISPLAY NAME', 'CREATED', 'STATE', 'ID'], rows) + more;
}

export function accountText(whole: WholeAccount): string {
  const { account, apple, counts, passkeys, sessions } = whole;
  const facts = [
    ['user name', account.username],
    ['display name', account.displayName],
    ['id', account.id],
    ['created', time(account.createdAt)],
    ['state', stateOf(account)],
    ['policy', policyOf(whole)],
    ['passkeys', String(counts.passkeys)],
    ['sessions', String(counts.sessions)],
    ...(apple === null ? [] : [['apple', appleText(apple)]]),
  ];
  const blocks = [
    facts.map(([name = '', value = '']) => `${name.padEnd(14)}${plain(value)}`).join('\n'),
    ...(passkeys.length > 0 ? [passkeyTable(passkeys)] : []),
    ...(sessions.length > 0 ? [sessionTable(sessions)] : []),
  ];
  return blocks.join('\n\n');
}

export function disabledText(change: AccountChange & { readonly ended: number }): string {
  const { account, changed, ended } = change;
  return changed
    ? plain(`Disabled ${account.username} and ended ${ended} sessions.`)
    : plain(`${account.username} has been disabled since ${time(account.disabledAt)}.`);
}

export function enabledText({ account, changed }: AccountChange): string {
  return plain(changed ? `Enabled ${account.username}.` : `${account.username} is not disabled.`);
}

export function deletedText({ account, apple, counts }: DeletedAccount): string {
  const { passkeys, sessions } = counts;
  return [
    plain(`Deleted ${account.username} with ${passkeys} passkeys and ${sessions} sessions.`),
    ...(apple === null ? [] : [endsOfApple[apple]]),
  ].join('\n');
}

const endsOfApple = {
  requested: 'Apple is told that the link has ended.',
  'in-settings':
    'Apple can not be told: its owner ends it in the settings of the Apple Account, under Sign in with Apple.',
} as const;

export function operatorActsText({ entries }: OperatorActs): string {
  const rows = entries.map(({ at, operator, kind, evidence }) => [
    time(at),
    operator,
    kind,
    JSON.stringify(evidence),
  ]);
  return table(['AT', 'OPERATOR', 'WHAT', 'EVIDENCE'], rows);
}

function appleText({ state, since, lastUsedAt, isPrivateEmail, canBeRevoked }: AppleFacts): string {
  return [
    `${state === 'active' ? 'linked' : 'consent withdrawn'} since ${time(since)}`,
    `used last ${time(lastUsedAt)}`,
    isPrivateEmail === null
      ? 'no address'
      : isPrivateEmail
        ? 'address of the relay'
        : 'own address',
    ...(canBeRevoked || state === 'revoked' ? [] : ['Apple can not be told of its end']),
  ].join(', ');
}

function stateOf({ disabledAt }: AccountFacts): string {
  return disabledAt === null ? 'open' : `disabled since ${time(disabledAt)}`;
}

function policyOf({ account: { policy }, policyIsConfigured }: WholeAccount): string {
  if (policy === null) return 'default';
  return policyIsConfigured ? policy : `${policy}, which is not configured: the default one holds`;
}
