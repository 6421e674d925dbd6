/**
 * What an import stores, decided on the accounts of one batch and on what the database knew of them; the
 * same for every dialect. It writes nothing.
 *
 * Guarantees: an account is stored wholly or refused wholly; one that is there keeps its names and
 * credentials; a credential that its owner deleted is not brought back; lines of one batch that
 * contradict each other are judged as if they had come one after the other.
 */
import type { AppleLink, ApplePerson } from '../records/apple.ts';
import type { AuditEntry } from '../records/audit.ts';
import type { Credential } from '../records/credential.ts';
import type { ImportedAccount, ImportOutcome } from '../records/imported-account.ts';
import type { User } from '../records/user.ts';

interface Owned {
  readonly id: string;
  readonly userId: string;
}

/** What the database knows of the user handles, names and credential IDs of a batch. */
export interface Known {
  /** User handles that are there. */
  readonly handles: readonly string[];
  readonly names: readonly { readonly usernameKey: string; readonly id: string }[];
  readonly credentials: readonly Owned[];
  /** Persons at Apple, and whose accounts they are linked with. */
  readonly linked: readonly Pick<AppleLink, 'team' | 'sub' | 'userId'>[];
  /** What the audit says their owners deleted. */
  readonly deleted: readonly { readonly credentialId: string | null; readonly userId: string }[];
}

/**
 * The accounts of `namesakes()` that an import made and nobody has used: no session, no registration here, and
 * nothing in their history but the import.
 */
export interface Unused {
  /** All credentials of these accounts. */
  readonly credentials: readonly Owned[];
}

export interface ImportPlan {
  /** One for each account, in their order. */
  readonly outcomes: readonly ImportOutcome[];
  /** Accounts to be removed before anything is stored. */
  readonly replaced: readonly string[];
  readonly users: readonly (User & { readonly usernameKey: string })[];
  readonly credentials: readonly Credential[];
  readonly links: readonly AppleLink[];
  readonly audit: readonly AuditEntry[];
}

/** The accounts that have the name of a line, but another user handle. */
export function namesakes(accounts: readonly ImportedAccount[], { names }: Known): string[] {
  const owners = new Map(names.map(({ usernameKey, id }) => [usernameKey, id]));
  const found = accounts.map(({ user, usernameKey }) => {
    const owner = owners.get(usernameKey);
    return owner === undefined || owner === user.id ? [] : [owner];
  });
  return [...new Set(found.flat())];
}

export function planImport(
  accounts: readonly ImportedAccount[],
  known: Known,
  unused: Unused = { credentials: [] },
): ImportPlan {
  const handles = new Set(known.handles);
  const nameOwners = new Map(known.names.map(({ usernameKey, id }) => [usernameKey, id]));
  const credentialOwners = new Map(known.credentials.map(({ id, userId }) => [id, userId]));
  const linkOwners = new Map(known.linked.map((each) => [personOf(each), each.userId]));
  const deleted = new Set(known.deleted.map((each) => `${each.userId} ${each.credentialId}`));
  const given = credentialsByHandle(accounts);
  const held = Map.groupBy(unused.credentials, ({ userId }) => userId);
  const replaced: string[] = [];
  const users: ImportPlan['users'][number][] = [];
  const credentials: Credential[] = [];
  const links: AppleLink[] = [];
  const audit: AuditEntry[] = [];

  /**
   * Makes room for an account that an earlier file put under a wrong user handle: the unused one of this name,
   * if all of its credentials come again. False if there is none.
   */
  function replaceMistaken(id: string, usernameKey: string): boolean {
    const former = nameOwners.get(usernameKey) ?? '';
    const theirs = held.get(former);
    if (theirs === undefined || !theirs.every((each) => given.get(id)?.has(each.id))) return false;
    held.delete(former);
    replaced.push(former);
    handles.delete(former);
    nameOwners.delete(usernameKey);
    for (const each of theirs) credentialOwners.delete(each.id);
    return true;
  }

  function plan({ user, usernameKey, apple = [], ...account }: ImportedAccount): ImportOutcome {
    const isNew = !handles.has(user.id);
    const isCorrected = isNew && replaceMistaken(user.id, usernameKey);
    if (isNew && nameOwners.has(usernameKey)) return 'username_taken';
    const owners = account.credentials.map(({ id }) => credentialOwners.get(id));
    if (owners.some((owner) => owner !== undefined && owner !== user.id))
      return 'credential_exists';
    if (isNew && apple.some((each) => linkOwners.has(personOf(each)))) return 'apple_taken';
    const lacking = account.credentials.filter(
      ({ id }) => !credentialOwners.has(id) && !deleted.has(`${user.id} ${id}`),
    );
    if (isNew) users.push({ ...user, usernameKey });
    else if (lacking.length === 0) return 'unchanged';
    handles.add(user.id);
    if (isNew) {
      nameOwners.set(usernameKey, user.id);
      for (const each of apple) linkOwners.set(personOf(each), user.id);
      links.push(...apple);
    }
    for (const { id } of lacking) credentialOwners.set(id, user.id);
    credentials.push(...lacking);
    audit.push(...account.audit);
    return isCorrected ? 'corrected' : isNew ? 'created' : 'extended';
  }

  return { outcomes: accounts.map(plan), replaced, users, credentials, links, audit };
}

const personOf = ({ team, sub }: ApplePerson) => `${team} ${sub}`;

/** By user handle, the IDs of all credentials that the batch has for it. */
function credentialsByHandle(accounts: readonly ImportedAccount[]): Map<string, Set<string>> {
  const given = new Map<string, Set<string>>();
  for (const { user, credentials } of accounts) {
    const ids = given.get(user.id) ?? new Set();
    for (const { id } of credentials) ids.add(id);
    given.set(user.id, ids);
  }
  return given;
}
