import type { Deps } from '../deps.ts';
import type { RecordedEntry } from '../records/audit.ts';
import type { Owner } from './owner.ts';

/** An audit entry as its owner may read it. */
export interface Activity {
  readonly at: number;
  readonly kind: RecordedEntry['kind'];
  /** The name that the passkey it is about had then; in old entries, the one that it has now. */
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
    passkey: 'name' in evidence ? evidence.name : (names.get(credentialId ?? '') ?? null),
    userAgent: ('userAgent' in evidence ? evidence.userAgent : null) ?? null,
    country: ('country' in evidence ? evidence.country : null) ?? null,
  }));
}
