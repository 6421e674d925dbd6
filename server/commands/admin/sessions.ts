import type { listAudit } from '../../administration/audit.ts';
import type { SessionFacts } from '../../administration/facts.ts';
import type { endSessions } from '../../administration/sessions.ts';
import { letters, plain, table, time } from './print.ts';

export function sessionTable(sessions: readonly SessionFacts[]): string {
  const rows = sessions.map((each) => [
    each.device ?? 'unknown',
    time(each.authenticatedAt),
    time(each.expiresAt),
    letters({ UV: each.userVerified }),
    each.id,
  ]);
  return table(['SESSION ON', 'SIGNED IN', 'EXPIRES', 'FLAGS', 'ID'], rows);
}

export function endedText({ account, ended }: Awaited<ReturnType<typeof endSessions>>): string {
  return plain(`Ended ${ended} sessions of ${account.username}.`);
}

export function auditText({ entries }: Awaited<ReturnType<typeof listAudit>>): string {
  const rows = entries.map(({ at, kind, credentialId, sessionId, evidence }) => [
    time(at),
    kind,
    credentialId ?? '-',
    sessionId ?? '-',
    JSON.stringify(evidence),
  ]);
  return table(['AT', 'WHAT', 'PASSKEY', 'SESSION', 'EVIDENCE'], rows);
}
