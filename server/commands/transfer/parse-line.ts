/**
 * One line to one account as the store keeps it, or the reasons why not.
 *
 * What a line does not tell takes the value that locks nobody out: a credential is `active`, and its user
 * verification counts as initialised (WebAuthn L3 §4) — with false, the only passkey of an account could
 * never confirm what its owner does there. What is not known of backups is marked as such.
 */

import { usernameKey } from '../../policy/username.ts';
import { defaultPasskeyName } from '../../providers/catalogue.ts';
import type { AppleLink } from '../../records/apple.ts';
import type { Credential, RegisteredHandle } from '../../records/credential.ts';
import type { ImportedAccount } from '../../records/imported-account.ts';
import { parseJson } from './parse-json.ts';
import { type AccountLine, type AppleLine, type CredentialLine, shapesOf } from './shapes.ts';
import type { HandleSpelling } from './user-handles.ts';

export interface ImportContext {
  /** Whose passkeys they are where a line does not say. */
  readonly rpId: string;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Who runs the import, for the audit. */
  readonly operator: string;
  /** How the file spells user handles that are texts; undefined for base64url, if they can't be anything else. */
  readonly userHandles?: HandleSpelling | undefined;
}

export interface BadLine {
  readonly problems: readonly string[];
}

/** So many reasons at most: a line can be wrong in thousands of ways. */
const mostProblems = 8;

/** For the lines of one file in their order. */
export function lineParser(context: ImportContext): (text: string) => ImportedAccount | BadLine {
  const join = joinRows();
  const shapeOf = shapesOf(context.userHandles);
  return (text) => {
    const line = parseJson(text);
    if (typeof line !== 'object' || line === null || Array.isArray(line)) {
      return { problems: [line === undefined ? 'not JSON' : 'not a JSON object'] };
    }
    const shape = shapeOf(line);
    if (shape === null) {
      return { problems: ['no known form: neither credentials, webauthnUserID nor credentialID'] };
    }
    const { data, error } = shape.safeParse(line);
    if (error === undefined) return accountOf(context, join(data));
    const problems = error.issues.map(({ path, message }) => `${pathText(path)}: ${message}`);
    return { problems: problems.slice(0, mostProblems) };
  };
}

/**
 * Other servers may make a new user handle for every registration, so the rows of one user that follow each
 * other are one account, under the handle of the first. Rows apart are not joined by their name alone: it
 * might be the name of somebody else, who then had the account.
 */
function joinRows(): (line: AccountLine) => AccountLine {
  let first: AccountLine | null = null;
  return (line) => {
    const follows = first !== null && first.rowOf !== null && first.rowOf === line.rowOf;
    if (follows && first?.source === line.source) return { ...line, userHandle: first.userHandle };
    first = line;
    return line;
  };
}

/** `credentials[0].publicKey` */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) =>
      typeof part === 'number' ? `[${part}]` : `${at > 0 ? '.' : ''}${String(part)}`,
    )
    .join('');
}

function accountOf(context: ImportContext, line: AccountLine): ImportedAccount {
  const { source, userHandle: id, username, displayName = username } = line;
  const at = context.now();
  const createdAt = line.createdAt ?? firstMoment(line.credentials) ?? at;
  const evidence = {
    ...{ by: 'import' as const, operator: context.operator },
    ...{ source, passkeys: line.credentials.length },
  };
  return {
    user: {
      ...{ id, username, displayName, createdAt },
      disabledAt: line.disabledAt ?? null,
      policy: line.policy ?? null,
    },
    usernameKey: usernameKey(username),
    ...(line.apple && { apple: line.apple.map((each) => linkOf(id, createdAt, each)) }),
    credentials: line.credentials.map((each) => credentialOf(context, id, createdAt, each)),
    audit: [
      { at, kind: 'account-imported', userId: id, credentialId: null, sessionId: null, evidence },
    ],
  };
}

function linkOf(userId: string, since: number, line: AppleLine): AppleLink {
  const { team, sub, state = 'active', linkedAt: createdAt = since } = line;
  const { givenName = null, familyName = null } = line;
  return {
    ...{ team, sub, userId, state, givenName, familyName, createdAt, transferSub: null },
    stateChangedAt: line.since ?? createdAt,
    lastUsedAt: line.lastUsedAt ?? createdAt,
  };
}

function firstMoment(credentials: readonly CredentialLine[]): number | undefined {
  const moments = credentials.flatMap(({ createdAt }) => createdAt ?? []);
  return moments.length > 0 ? Math.min(...moments) : undefined;
}

function credentialOf(
  { rpId, now }: ImportContext,
  userId: string,
  since: number,
  line: CredentialLine,
): Credential {
  const { transports = [], aaguid = '00000000-0000-0000-0000-000000000000' } = line;
  const backedUp = line.backedUp ?? false;
  const isSuspected = line.state === 'suspected-clone';
  return {
    id: line.id,
    userId,
    name: line.name ?? defaultPasskeyName(aaguid, transports),
    state: line.state ?? 'active',
    ...line.key,
    signCount: line.signCount ?? 0,
    uvInitialized: line.uvInitialized ?? true,
    // WebAuthn L3 §6.1.3: what is backed up was eligible for it.
    backupEligible: line.backupEligible ?? backedUp,
    backedUp,
    backupKnown: line.backupEligible !== undefined || backedUp,
    transports,
    aaguid,
    attachment: line.attachment ?? null,
    rpId: line.rpId ?? rpId,
    createdAt: line.createdAt ?? since,
    lastUsedAt: line.lastUsedAt === 'never' ? null : (line.lastUsedAt ?? null),
    useKnown: line.lastUsedAt !== undefined,
    lastUserAgent: line.lastUserAgent ?? null,
    lastCountry: line.lastCountry ?? null,
    upgradeAfter: line.upgradeAfter ?? null,
    counterFellAt: line.counterFellAt ?? (isSuspected ? now() : null),
    userHandle: registeredHandle(line.userHandle, userId),
    attested: line.attested ?? false,
  };
}

function registeredHandle(given: string | undefined, userId: string): RegisteredHandle {
  if (given === '') return { kind: 'unknown' };
  return given === undefined || given === userId
    ? { kind: 'account' }
    : { kind: 'own', handle: given };
}
