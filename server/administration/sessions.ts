import type { User } from '../records/user.ts';
import { type Administration, auditOperator, byOperator } from './administration.ts';
import { type AccountFacts, accountFacts, type SessionFacts, sessionFacts } from './facts.ts';

export async function listSessions(
  { store, now }: Administration,
  user: User,
): Promise<{ readonly account: AccountFacts; readonly sessions: readonly SessionFacts[] }> {
  const sessions = await store.listSessions(user.id, now());
  return { account: accountFacts(user), sessions: sessions.map(sessionFacts) };
}

/** Signs the account out everywhere. */
export async function endSessions(
  deps: Administration,
  user: User,
): Promise<{ readonly account: AccountFacts; readonly ended: number }> {
  const audit = [auditOperator(deps, user, 'sessions-ended', null, byOperator(deps))];
  const ended = await deps.store.endSessions(user.id, audit);
  return { account: accountFacts(user), ended };
}
