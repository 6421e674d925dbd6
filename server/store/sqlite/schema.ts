import { sql } from 'drizzle-orm';
import {
  blob,
  foreignKey,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core';
import type { AppleLinkState } from '../../records/apple.ts';
import type { CredentialState } from '../../records/credential.ts';
import type { Message } from '../../records/outbox.ts';
import type { Session } from '../../records/session.ts';
import type { Envelope } from '../../records/vault.ts';

/** Times are milliseconds since the Unix epoch; credential IDs and user handles are base64url. */

const owner = () =>
  text('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' });

export const users = sqliteTable(
  'users',
  {
    id: text('id').primaryKey(),
    username: text('username').notNull(),
    usernameKey: text('username_key').notNull(),
    displayName: text('display_name').notNull(),
    createdAt: integer('created_at').notNull(),
    disabledAt: integer('disabled_at'),
    policy: text('policy'),
  },
  (table) => [uniqueIndex('users_username_key').on(table.usernameKey)],
);

export const credentials = sqliteTable(
  'credentials',
  {
    id: text('id').primaryKey(),
    userId: owner(),
    name: text('name').notNull(),
    state: text('state').$type<CredentialState>().notNull(),
    publicKey: blob('public_key', { mode: 'buffer' }).notNull(),
    algorithm: integer('algorithm').notNull(),
    signCount: integer('sign_count').notNull(),
    uvInitialized: integer('uv_initialized', { mode: 'boolean' }).notNull(),
    backupEligible: integer('backup_eligible', { mode: 'boolean' }).notNull(),
    backedUp: integer('backed_up', { mode: 'boolean' }).notNull(),
    transports: text('transports', { mode: 'json' }).$type<string[]>().notNull(),
    aaguid: text('aaguid').notNull(),
    attachment: text('attachment'),
    rpId: text('rp_id').notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
    useKnown: integer('use_known', { mode: 'boolean' }).notNull().default(true),
    backupKnown: integer('backup_known', { mode: 'boolean' }).notNull().default(true),
    lastUserAgent: text('last_user_agent'),
    lastCountry: text('last_country'),
    upgradeAfter: integer('upgrade_after'),
    counterFellAt: integer('counter_fell_at'),
    userHandle: text('user_handle'),
    attested: integer('attested', { mode: 'boolean' }).notNull().default(false),
  },
  (table) => [index('credentials_user').on(table.userId, table.createdAt)],
);

export const attestations = sqliteTable('attestations', {
  credentialId: text('credential_id')
    .primaryKey()
    .references(() => credentials.id, { onDelete: 'cascade' }),
  fmt: text('fmt').notNull(),
  attestationObject: blob('attestation_object', { mode: 'buffer' }).notNull(),
  clientDataJSON: blob('client_data_json', { mode: 'buffer' }).notNull(),
});

/**
 * A sign-in writes every index of this table, some of them on a page of its own, so it has no more than it
 * needs: sessions are found by their token, or among those of their account. `WITHOUT ROWID`, in the
 * order of their tokens, which is that in which they were opened.
 */
export const sessions = sqliteTable(
  'sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    id: text('id').notNull(),
    userId: owner(),
    createdAt: integer('created_at').notNull(),
    authenticatedAt: integer('authenticated_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    userVerified: integer('user_verified', { mode: 'boolean' }).notNull(),
    method: text('method').$type<Session['method']>().notNull(),
    credentialId: text('credential_id'),
    userAgent: text('user_agent'),
    country: text('country'),
    succeeds: text('succeeds'),
  },
  (table) => [
    // Of an account; and of one sign-in, in which each session succeeds the first one.
    index('sessions_lineage').on(table.userId, sql`coalesce("succeeds", "id")`),
    index('sessions_expiry').on(table.expiresAt),
  ],
);

/**
 * In the order in which they expire, so that new ones are written side by side and old ones purged so.
 * The same challenge always comes with the same expiry. Its table is `WITHOUT ROWID`.
 */
export const spentNonces = sqliteTable(
  'spent_nonces',
  {
    nonce: blob('nonce', { mode: 'buffer' }).notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.expiresAt, table.nonce] })],
);

/** The latest expiry of a nonce that was purged, of each hour: see `nonce-horizon.ts`. */
export const nonceHorizon = sqliteTable('nonce_horizon', {
  hour: integer('id').primaryKey(),
  purgedUpTo: integer('purged_up_to').notNull(),
});

export const keptKeys = sqliteTable('kept_keys', {
  name: text('name').primaryKey(),
  value: blob('value', { mode: 'buffer' }).notNull(),
});

export const operatorEntries = sqliteTable(
  'operator_entries',
  {
    id: text('id').primaryKey(),
    at: integer('at').notNull(),
    operator: text('operator').notNull(),
    kind: text('kind').notNull(),
    evidence: text('evidence', { mode: 'json' }).$type<object>().notNull(),
    /** In the feed, once it was read: see `feed.ts`. */
    position: integer('position'),
  },
  (table) => [
    index('operator_entries_time').on(table.at, table.id),
    index('operator_entries_unplaced').on(table.at, table.id).where(sql`position IS NULL`),
    uniqueIndex('operator_entries_position').on(table.position).where(sql`position IS NOT NULL`),
  ],
);

/** The history of an account may outlive it for a moment: see `erasures`. */
export const auditEntries = sqliteTable(
  'audit_entries',
  {
    id: integer('id').primaryKey(),
    at: integer('at').notNull(),
    kind: text('kind').notNull(),
    userId: text('user_id').notNull(),
    credentialId: text('credential_id'),
    sessionId: text('session_id'),
    evidence: text('evidence', { mode: 'json' }).$type<object>().notNull(),
    security: integer('security', { mode: 'boolean' }).notNull().default(false),
    /** In the feed, once it was read: see `feed.ts`. */
    position: integer('position'),
  },
  (table) => [
    index('audit_entries_user').on(table.userId, table.id),
    // Routine entries, such as every sign-in makes, are not in it.
    index('audit_entries_security').on(table.userId, table.id).where(sql`security = 1`),
    index('audit_entries_unplaced').on(table.id).where(sql`security = 1 AND position IS NULL`),
    uniqueIndex('audit_entries_position').on(table.position).where(sql`position IS NOT NULL`),
  ],
);

/** Accounts that are gone, but for the part of a long history up to this entry. */
export const erasures = sqliteTable('erasures', {
  userId: text('user_id').primaryKey(),
  upTo: integer('up_to').notNull(),
});

export const oidcRecords = sqliteTable(
  'oidc_records',
  {
    key: text('key').notNull(),
    model: text('model').notNull(),
    payload: text('payload').notNull(),
    expiresAt: integer('expires_at').notNull(),
    consumedAt: integer('consumed_at'),
    userId: text('user_id').references(() => users.id, { onDelete: 'cascade' }),
    lineage: text('lineage'),
    outlivesSession: integer('outlives_session', { mode: 'boolean' }).notNull(),
    credentialId: text('credential_id'),
  },
  (table) => [
    uniqueIndex('oidc_records_key').on(table.key),
    index('oidc_records_user').on(table.userId),
    index('oidc_records_expiry').on(table.expiresAt),
  ],
);

/** Apps hear of the end of an account too, so it may be gone. `due_at` is set once the sign-in has ended. */
export const oidcLogins = sqliteTable(
  'oidc_logins',
  {
    userId: text('user_id').notNull(),
    lineage: text('lineage').notNull(),
    clientId: text('client_id').notNull(),
    expiresAt: integer('expires_at').notNull(),
    dueAt: integer('due_at'),
    attempts: integer('attempts').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.lineage, table.clientId] }),
    index('oidc_logins_due').on(table.dueAt),
    index('oidc_logins_expiry').on(table.expiresAt),
  ],
);

/** One row: the salts of the deployment (`vault.ts`). */
export const vaultSalts = sqliteTable('vault_salts', {
  id: integer('id').primaryKey(),
  current: blob('current', { mode: 'buffer' }).notNull(),
  next: blob('next', { mode: 'buffer' }),
  rotatingSince: integer('rotating_since'),
});

export const vaults = sqliteTable('vaults', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  exists: integer('exists', { mode: 'boolean' }).notNull(),
  revision: integer('revision').notNull(),
  data: blob('data', { mode: 'buffer' }),
  rotationDue: integer('rotation_due', { mode: 'boolean' }).notNull(),
});

export const vaultEnvelopes = sqliteTable(
  'vault_envelopes',
  {
    userId: text('user_id')
      .notNull()
      .references(() => vaults.userId, { onDelete: 'cascade' }),
    id: text('id').notNull(),
    kind: text('kind').$type<Envelope['kind']>().notNull(),
    credentialId: text('credential_id').references(() => credentials.id, { onDelete: 'cascade' }),
    saltId: text('salt_id'),
    fingerprint: text('fingerprint'),
    wrappedKey: blob('wrapped_key', { mode: 'buffer' }).notNull(),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.id] }),
    index('vault_envelopes_credential').on(table.credentialId),
  ],
);

/** One recovery code an account. Only a keyed hash of what gives the account back is here. */
export const recoveryCodes = sqliteTable('recovery_codes', {
  userId: owner().primaryKey(),
  verifierHash: text('verifier_hash').notNull(),
  createdAt: integer('created_at').notNull(),
});

/** Links by which an operator lets the owner of an account add a passkey. */
export const enrolments = sqliteTable(
  'enrolments',
  {
    tokenHash: text('token_hash').primaryKey(),
    userId: owner(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('enrolments_user').on(table.userId),
    index('enrolments_expiry').on(table.expiresAt),
  ],
);

/** Messages to be delivered. No foreign key: the end of an account is told of, too. */
export const outbox = sqliteTable(
  'outbox',
  {
    id: text('id').primaryKey(),
    channel: text('channel').$type<Message['channel']>().notNull(),
    subject: text('subject').notNull(),
    /** The mail address, if it goes to one that may be gone by the time it is delivered. */
    recipient: text('recipient'),
    message: text('message').notNull(),
    createdAt: integer('created_at').notNull(),
    /** When it may be taken; whoever takes it moves this to the end of the lease. */
    dueAt: integer('due_at').notNull(),
    attempts: integer('attempts').notNull().default(0),
    /** Why it was given up. */
    failure: text('failure'),
  },
  (table) => [
    index('outbox_due').on(table.channel, table.dueAt).where(sql`failure IS NULL`),
    index('outbox_failed').on(table.createdAt).where(sql`failure IS NOT NULL`),
    index('outbox_created').on(table.createdAt),
  ],
);

/** Links between accounts and persons at Apple, one a team of developers. */
export const appleLinks = sqliteTable(
  'apple_links',
  {
    team: text('team').notNull(),
    sub: text('sub').notNull(),
    userId: owner(),
    state: text('state').$type<AppleLinkState>().notNull(),
    stateChangedAt: integer('state_changed_at').notNull(),
    givenName: text('given_name'),
    familyName: text('family_name'),
    createdAt: integer('created_at').notNull(),
    lastUsedAt: integer('last_used_at').notNull(),
    /** The latest that Apple told of it, by Apple's clock: what it tells of earlier is overtaken. */
    toldAt: integer('told_at').notNull(),
    /** When Apple is asked whether the consent still holds; null if there is no token to ask with. */
    checkDueAt: integer('check_due_at'),
    transferSub: text('transfer_sub'),
    transferredAt: integer('transferred_at'),
  },
  (table) => [
    primaryKey({ columns: [table.team, table.sub] }),
    uniqueIndex('apple_links_user').on(table.userId, table.team),
    uniqueIndex('apple_links_transfer').on(table.transferSub),
    index('apple_links_check').on(table.checkDueAt),
  ],
);

/** Addresses that a person has, or had. */
export const appleAddresses = sqliteTable(
  'apple_addresses',
  {
    team: text('team').notNull(),
    sub: text('sub').notNull(),
    email: text('email').notNull(),
    isVerified: integer('is_verified', { mode: 'boolean' }).notNull(),
    isPrivate: integer('is_private', { mode: 'boolean' }).notNull(),
    firstSeenAt: integer('first_seen_at').notNull(),
    lastSeenAt: integer('last_seen_at').notNull(),
    disabledAt: integer('disabled_at'),
    /** When Apple told last whether mail arrives, by Apple's clock. */
    toldAt: integer('told_at').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.team, table.sub, table.email] }),
    foreignKey({
      columns: [table.team, table.sub],
      foreignColumns: [appleLinks.team, appleLinks.sub],
    }).onDelete('cascade'),
  ],
);

/** Refresh tokens, sealed: each is revoked when its link ends. */
export const appleTokens = sqliteTable(
  'apple_tokens',
  {
    id: text('id').primaryKey(),
    team: text('team').notNull(),
    sub: text('sub').notNull(),
    clientId: text('client_id').notNull(),
    sealed: text('sealed').notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    index('apple_tokens_link').on(table.team, table.sub, table.createdAt),
    foreignKey({
      columns: [table.team, table.sub],
      foreignColumns: [appleLinks.team, appleLinks.sub],
    }).onDelete('cascade'),
  ],
);

/** Notifications of Apple that were applied: each counts once. */
export const appleNotifications = sqliteTable(
  'apple_notifications',
  {
    jti: text('jti').primaryKey(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('apple_notifications_expiry').on(table.expiresAt)],
);

/** One verified mail address an account. Several accounts may have the same. */
export const recoveryAddresses = sqliteTable(
  'recovery_addresses',
  {
    userId: owner().primaryKey(),
    address: text('address').notNull(),
    addressKey: text('address_key').notNull(),
    verifiedAt: integer('verified_at').notNull(),
  },
  (table) => [index('recovery_addresses_key').on(table.addressKey)],
);

/** An address whose owner has yet to type the code that was sent to it. */
export const addressCodes = sqliteTable(
  'address_codes',
  {
    userId: owner().primaryKey(),
    address: text('address').notNull(),
    addressKey: text('address_key').notNull(),
    codeHash: text('code_hash').notNull(),
    triesLeft: integer('tries_left').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [index('address_codes_expiry').on(table.expiresAt)],
);

/** Links that were mailed. Once a wait has begun, the link belongs to the browser that began it. */
export const recoveryLinks = sqliteTable(
  'recovery_links',
  {
    tokenHash: text('token_hash').primaryKey(),
    userId: owner(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    browserHash: text('browser_hash'),
    startedAt: integer('started_at'),
    opensAt: integer('opens_at'),
    /** Of what the notice of the wait carries, to end it. */
    vetoHash: text('veto_hash'),
  },
  (table) => [
    index('recovery_links_user').on(table.userId),
    index('recovery_links_veto').on(table.vetoHash),
    index('recovery_links_expiry').on(table.expiresAt),
  ],
);

/** The browsers in which a link was asked for: every link of the account works in each of them. */
export const recoveryBrowsers = sqliteTable(
  'recovery_browsers',
  {
    userId: owner(),
    browserHash: text('browser_hash').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.browserHash] }),
    index('recovery_browsers_expiry').on(table.expiresAt),
  ],
);

/** Links by which an operator lets somebody open an account. */
export const invitations = sqliteTable(
  'invitations',
  {
    tokenHash: text('token_hash').primaryKey(),
    username: text('username'),
    expiresAt: integer('expires_at').notNull(),
    operator: text('operator').notNull(),
    /** Null only if a node of before made it. */
    id: text('id'),
    revokedAt: integer('revoked_at'),
  },
  (table) => [
    index('invitations_expiry').on(table.expiresAt),
    uniqueIndex('invitations_id').on(table.id),
  ],
);

/** Keys of the operators' API. */
export const operatorKeys = sqliteTable(
  'operator_keys',
  {
    id: text('id').primaryKey(),
    keyHash: text('key_hash').notNull(),
    name: text('name').notNull(),
    scopes: text('scopes', { mode: 'json' }).$type<string[]>().notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
    lastUsedOn: text('last_used_on'),
  },
  (table) => [uniqueIndex('operator_keys_hash').on(table.keyHash)],
);

/** One row: the last position of an entry that was given (`feed.ts`). */
export const auditFeed = sqliteTable('audit_feed', {
  id: integer('id').primaryKey(),
  last: integer('last').notNull(),
});
