import type { Deps } from '../deps.ts';
import type { RecordedEntry } from '../records/audit.ts';
import type { Owner } from './owner.ts';

/** An audit entry as its owner may read it. */
interface Activity {
  readonly at: number;
  readonly kind: RecordedEntry['kind'];
  /** The name that the passkey it is about had then; in old entries, the one that it has now. */
  readonly passkey: string | null;
  readonly userAgent: string | null;
  readonly country: string | null;
}

export interface ActivityPage {
  readonly activity: Activity[];
  /** The `before` of the page that follows; null on the last one. */
  readonly next: string | null;
}

const limit = 50;

/**
 * What happened to the account, latest first, a page at a time.
 *
 * @param only `security` leaves out what happens every day, or can be made to: sign-ins, changed names
 * @throws {RpError} `invalid_request` (`before` is no `next`)
 */
export async function listActivity(
  { store }: Deps,
  { user }: Owner,
  { before, only }: { before?: string | undefined; only?: 'security' | undefined },
): Promise<ActivityPage> {
  const [{ entries, next }, credentials] = await Promise.all([
    store.listAudit(user.id, { limit, before, only }),
    store.listCredentials(user.id),
  ]);
  const names = new Map(credentials.map(({ id, name }) => [id, name]));
  const activity = entries.map(({ at, kind, credentialId, evidence }) => ({
    at,
    kind,
    passkey: ('name' in evidence && evidence.name) || (names.get(credentialId ?? '') ?? null),
    userAgent: ('userAgent' in evidence ? evidence.userAgent : null) ?? null,
    country: ('country' in evidence ? evidence.country : null) ?? null,
  }));
  return { activity, next };
}
