/** What both dialects read of a table, by the names that their schemas share. */
import { getTableColumns, type Table } from 'drizzle-orm';
import type { AppleLink, KnownAddress } from '../records/apple.ts';
import type { HeldCredential, Opener } from '../records/credential.ts';
import type { RecordedOperatorEntry } from '../records/operator-entry.ts';
import type { OperatorKey } from '../records/operator-key.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';
import type { Envelope, StoredSalts } from '../records/vault.ts';
import type { AuditRow } from './audit-row.ts';

/** Lists every member of a type once, or it does not compile. */
const namesOf =
  <Of extends object>() =>
  <const Names extends readonly (keyof Of)[]>(
    ...names: [Exclude<keyof Of, Names[number]>] extends [never] ? Names : never
  ): Names =>
    names;

export const userFields = namesOf<User>()(
  'id',
  'username',
  'displayName',
  'createdAt',
  'disabledAt',
  'policy',
);
export const sessionFields = namesOf<Session>()(
  'id',
  'userId',
  'createdAt',
  'authenticatedAt',
  'expiresAt',
  'userVerified',
  'method',
  'credentialId',
  'userAgent',
  'country',
  'succeeds',
);
export const heldFields = namesOf<HeldCredential>()('id', 'rpId', 'state', 'backupEligible');
export const openerFields = namesOf<Opener>()('state', 'backupEligible', 'backupKnown', 'attested');
export const auditFields = namesOf<AuditRow>()(
  'at',
  'kind',
  'userId',
  'credentialId',
  'sessionId',
  'evidence',
);

export const appleLinkFields = namesOf<AppleLink>()(
  'team',
  'sub',
  'userId',
  'state',
  'stateChangedAt',
  'givenName',
  'familyName',
  'createdAt',
  'lastUsedAt',
  'transferSub',
);
export const addressFields = namesOf<KnownAddress>()(
  'email',
  'isVerified',
  'isPrivate',
  'firstSeenAt',
  'lastSeenAt',
  'disabledAt',
);

export const saltFields = namesOf<StoredSalts>()('current', 'next', 'rotatingSince');
export const envelopeFields = namesOf<Envelope>()(
  'id',
  'kind',
  'credentialId',
  'saltId',
  'fingerprint',
  'wrappedKey',
  'createdAt',
  'lastUsedAt',
);

export const operatorKeyFields = namesOf<OperatorKey>()(
  'id',
  'name',
  'scopes',
  'createdAt',
  'expiresAt',
  'lastUsedOn',
);
export const operatorEntryFields = namesOf<RecordedOperatorEntry>()(
  'id',
  'at',
  'operator',
  'kind',
  'evidence',
);

/** The columns of these names, for a select. */
export function columnsOf<Of extends Table, const Name extends keyof Of['_']['columns'] & string>(
  table: Of,
  names: readonly Name[],
): Pick<Of['_']['columns'], Name> {
  const columns: Of['_']['columns'] = getTableColumns(table);
  return Object.fromEntries(names.map((name) => [name, columns[name]])) as Pick<
    Of['_']['columns'],
    Name
  >;
}
