import { describeDevice } from '../../policy/device.ts';
import type { RecordedEntry } from '../../records/audit.ts';
import type { Session } from '../../records/session.ts';
import type { User } from '../../records/user.ts';
import { accountView } from './accounts.ts';
import { type AdminDeps, auditOperator, byOperator } from './operator.ts';
import { type Answer, isoTime, letters, plain, table, time } from './print.ts';

export async function showSessions({ store, now }: AdminDeps, user: User): Promise<Answer> {
  const sessions = await store.listSessions(user.id, now());
  return {
    text: sessionTable(sessions),
    json: { account: accountView(user), sessions: sessionViews(sessions) },
  };
}

export async function endSessions(deps: AdminDeps, user: User): Promise<Answer> {
  const audit = [auditOperator(deps, user, 'sessions-ended', null, byOperator(deps))];
  const ended = await deps.store.endSessions(user.id, audit);
  return {
    text: plain(`Ended ${ended} sessions of ${user.username}.`),
    json: { account: accountView(user), ended },
  };
}

export async function showAudit({ store }: AdminDeps, user: User, limit: number): Promise<Answer> {
  const entries = (await store.listAudit(user.id, { limit: limit })).entries;
  const rows = entries.map(({ at, kind, credentialId, sessionId, evidence }) => [
    time(at),
    kind,
    credentialId ?? '-',
    sessionId ?? '-',
    JSON.stringify(evidence),
  ]);
  return {
    text: table(['AT', 'WHAT', 'PASSKEY', 'SESSION', 'EVIDENCE'], rows),
    json: { account: accountView(user), entries: entries.map(auditView) },
  };
}

export function sessionTable(sessions: readonly Session[]): string {
  const rows = sessions.map((each) => [
    describeDevice(each.userAgent) ?? 'unknown',
    time(each.authenticatedAt),
    time(each.expiresAt),
    letters({ UV: each.userVerified }),
    each.id,
  ]);
  return table(['SESSION ON', 'SIGNED IN', 'EXPIRES', 'FLAGS', 'ID'], rows);
}

export function sessionViews(sessions: readonly Session[]) {
  return sessions.map((each) => ({
    id: each.id,
    device: describeDevice(each.userAgent),
    createdAt: isoTime(each.createdAt),
    authenticatedAt: isoTime(each.authenticatedAt),
    expiresAt: isoTime(each.expiresAt),
    userVerified: each.userVerified,
    method: each.method,
    credentialId: each.credentialId,
  }));
}

function auditView({ at, kind, credentialId, sessionId, evidence }: RecordedEntry) {
  return { at: isoTime(at), kind, credentialId, sessionId, evidence };
}
