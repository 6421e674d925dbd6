import type { Deps } from '../deps.ts';
import type { AuditKind } from '../records/audit.ts';
import type { Owner } from './owner.ts';

/** An audit entry as its owner may read it. */
export interface Activity {
  readonly at: number;
  readonly kind: AuditKind;
  /** The name of the passkey it is about: as it is now, else as it was when it was deleted. */
  readonly passkey: string | null;
  readonly userAgent: string | null;
  readonly country: string | null;
}

const limit = 50;

/** What happened to the account, latest first. */
export async function listActivity({ store }: Deps, { user }: Owner): Promise<Activity[]> {
  const [entries, credentials] = await Promise.all([
    store.listAudit(user.id, limit),
    store.listCredentials(user.id),
  ]);
  const names = new Map(credentials.map(({ id, name }) => [id, name]));
  return entries.map(({ at, kind, credentialId, evidence }) => ({
    at,
    kind,
    passkey: names.get(credentialId ?? '') ?? textOf(evidence.name),
    userAgent: textOf(evidence.userAgent),
    country: textOf(evidence.country),
  }));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
