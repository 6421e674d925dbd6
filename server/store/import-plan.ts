/**
 * What an import stores, decided on the accounts of one batch and on what the database knew of them; the
 * same for every dialect. It writes nothing.
 *
 * Guarantees: an account is stored wholly or refused wholly; one that is there keeps its names and
 * credentials; a credential that its owner deleted is not brought back; lines of one batch that
 * contradict each other are judged as if they had come one after the other.
 */
import type { AuditEntry } from '../records/audit.ts';
import type { Credential } from '../records/credential.ts';
import type { ImportedAccount, ImportOutcome } from '../records/imported-account.ts';
import type { User } from '../records/user.ts';

/** What the database knows of the user handles, names and credential IDs of a batch. */
export interface Known {
  /** User handles that are there. */
  readonly handles: readonly string[];
  readonly names: readonly { readonly usernameKey: string; readonly id: string }[];
  readonly credentials: readonly { readonly id: string; readonly userId: string }[];
  /** What the audit says their owners deleted. */
  readonly deleted: readonly { readonly credentialId: string | null; readonly userId: string }[];
}

export interface ImportPlan {
  /** One for each account, in their order. */
  readonly outcomes: readonly ImportOutcome[];
  readonly users: readonly (User & { readonly usernameKey: string })[];
  readonly credentials: readonly Credential[];
  readonly audit: readonly AuditEntry[];
}

export function planImport(accounts: readonly ImportedAccount[], known: Known): ImportPlan {
  const handles = new Set(known.handles);
  const nameOwners = new Map(known.names.map(({ usernameKey, id }) => [usernameKey, id]));
  const credentialOwners = new Map(known.credentials.map(({ id, userId }) => [id, userId]));
  const deleted = new Set(known.deleted.map((each) => `${each.userId} ${each.credentialId}`));
  const users: ImportPlan['users'][number][] = [];
  const credentials: Credential[] = [];
  const audit: AuditEntry[] = [];

  function plan({ user, usernameKey, ...account }: ImportedAccount): ImportOutcome {
    const isNew = !handles.has(user.id);
    if (isNew && nameOwners.has(usernameKey)) return 'username_taken';
    const owners = account.credentials.map(({ id }) => credentialOwners.get(id));
    if (owners.some((owner) => owner !== undefined && owner !== user.id))
      return 'credential_exists';
    const lacking = account.credentials.filter(
      ({ id }) => !credentialOwners.has(id) && !deleted.has(`${user.id} ${id}`),
    );
    if (isNew) users.push({ ...user, usernameKey });
    else if (lacking.length === 0) return 'unchanged';
    handles.add(user.id);
    if (isNew) nameOwners.set(usernameKey, user.id);
    for (const { id } of lacking) credentialOwners.set(id, user.id);
    credentials.push(...lacking);
    audit.push(...account.audit);
    return isNew ? 'created' : 'extended';
  }

  return { outcomes: accounts.map(plan), users, credentials, audit };
}
