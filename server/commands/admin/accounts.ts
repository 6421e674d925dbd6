import { usernameKey } from '../../policy/username.ts';
import type { User } from '../../records/user.ts';
import { type AdminDeps, auditOperator, byOperator } from './operator.ts';
import { type Answer, isoTime, plain, table, time } from './print.ts';
import type { Page } from './usage.ts';

export async function listAccounts({ store }: AdminDeps, page: Page): Promise<Answer> {
  const { search, after, limit } = page;
  const { users, next } = await store.listUsers({
    limit,
    ...(search !== undefined && { search: usernameKey(search) }),
    ...(after !== undefined && { after }),
  });
  const rows = users.map((user) => [
    user.username,
    user.displayName,
    time(user.createdAt),
    stateOf(user),
    user.id,
  ]);
  const more = next === null ? '' : `\n\nThere are more: --after ${plain(next)}`;
  return {
    text: table(['USER NAME', 'DISPLAY NAME', 'CREATED', 'STATE', 'ID'], rows) + more,
    json: { accounts: users.map(accountView), next },
  };
}

export async function disableAccount(deps: AdminDeps, user: User): Promise<Answer> {
  if (user.disabledAt !== null) {
    const text = `${user.username} has been disabled since ${time(user.disabledAt)}.`;
    return { text: plain(text), json: { account: accountView(user), ended: 0 } };
  }
  const at = deps.now();
  const audit = [auditOperator(deps, user, 'account-disabled', null, byOperator(deps))];
  const ended = await deps.store.disableUser(user.id, at, audit);
  return {
    text: plain(`Disabled ${user.username} and ended ${ended} sessions.`),
    json: { account: accountView({ ...user, disabledAt: at }), ended },
  };
}

export async function enableAccount(deps: AdminDeps, user: User): Promise<Answer> {
  if (user.disabledAt === null) {
    return {
      text: plain(`${user.username} is not disabled.`),
      json: { account: accountView(user) },
    };
  }
  const audit = [auditOperator(deps, user, 'account-enabled', null, byOperator(deps))];
  await deps.store.disableUser(user.id, null, audit);
  return {
    text: plain(`Enabled ${user.username}.`),
    json: { account: accountView({ ...user, disabledAt: null }) },
  };
}

export function accountView({ id, username, displayName, createdAt, disabledAt, policy }: User) {
  const times = { createdAt: isoTime(createdAt), disabledAt: isoTime(disabledAt) };
  return { id, username, displayName, ...times, policy };
}

export function stateOf({ disabledAt }: User): string {
  return disabledAt === null ? 'open' : `disabled since ${time(disabledAt)}`;
}
