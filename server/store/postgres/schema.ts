import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  customType,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { AppleLinkState } from '../../records/apple.ts';
import type { CredentialState } from '../../records/credential.ts';
import type { Message } from '../../records/outbox.ts';
import type { Session } from '../../records/session.ts';
import type { Envelope } from '../../records/vault.ts';
import { inBytes } from './in-bytes.ts';

/**
 * Times are milliseconds since the Unix epoch; credential IDs and user handles are base64url.
 *
 * Plain SQL alone, so that clusters which speak PostgreSQL's protocol run it too: no sequences (on
 * some clusters they are neither cheap nor in order), no extensions, no triggers.
 */

const bytes = customType<{ data: Uint8Array; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (value) => Buffer.from(value.buffer, value.byteOffset, value.byteLength),
});
const time = (name: string) => bigint(name, { mode: 'number' });

/**
 * JSON in a text column: `jsonb` refuses U+0000 and unpaired surrogates, which a client can put into
 * its JSON; escaped in text they are kept as they came.
 */
const json = <Value>(name: string) =>
  customType<{ data: Value; driverData: string }>({
    dataType: () => 'text',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (value) => JSON.parse(value) as Value,
  })(name);

const owner = () =>
  text('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' });

export const users = pgTable(
  'users',
  {
    id: text('id').primaryKey(),
    username: text('username').notNull(),
    usernameKey: text('username_key').notNull(),
    displayName: text('display_name').notNull(),
    createdAt: time('created_at').notNull(),
    disabledAt: time('disabled_at'),
    policy: text('policy'),
  },
  (table) => [
    uniqueIndex('users_username_key').on(table.usernameKey),
    index('users_username_order').on(inBytes(table.usernameKey)),
  ],
);

export const credentials = pgTable(
  'credentials',
  {
    id: text('id').primaryKey(),
    userId: owner(),
    name: text('name').notNull(),
    state: text('state').$type<CredentialState>().notNull(),
    publicKey: bytes('public_key').notNull(),
    algorithm: integer('algorithm').notNull(),
    // An unsigned 32-bit number (WebAuthn L3 §6.1): more than `integer` holds.
    signCount: bigint('sign_count', { mode: 'number' }).notNull(),
    uvInitialized: boolean('uv_initialized').notNull(),
    backupEligible: boolean('backup_eligible').notNull(),
    backedUp: boolean('backed_up').notNull(),
    transports: json<string[]>('transports').notNull(),
    aaguid: text('aaguid').notNull(),
    attachment: text('attachment'),
    rpId: text('rp_id').notNull(),
    createdAt: time('created_at').notNull(),
    lastUsedAt: time('last_used_at'),
    useKnown: boolean('use_known').notNull().default(true),
    backupKnown: boolean('backup_known').notNull().default(true),
    lastUserAgent: text('last_user_agent'),
    lastCountry: text('last_country'),
    upgradeAfter: time('upgrade_after'),
    counterFellAt: time('counter_fell_at'),
    userHandle: text('user_handle'),
    attested: boolean('attested').notNull().default(false),
  },
  (table) => [index('credentials_user').on(table.userId, table.createdAt)],
);

export const attestations = pgTable('attestations', {
  credentialId: text('credential_id')
    .primaryKey()
    .references(() => credentials.id, { onDelete: 'cascade' }),
  fmt: text('fmt').notNull(),
  attestationObject: bytes('attestation_object').notNull(),
  clientDataJSON: bytes('client_data_json').notNull(),
});

export const sessions = pgTable(
  'sessions',
  {
    tokenHash: text('token_hash').primaryKey(),
    id: text('id').notNull(),
    userId: owner(),
    createdAt: time('created_at').notNull(),
    authenticatedAt: time('authenticated_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    userVerified: boolean('user_verified').notNull(),
    method: text('method').$type<Session['method']>().notNull(),
    credentialId: text('credential_id').references(() => credentials.id, { onDelete: 'set null' }),
    userAgent: text('user_agent'),
    country: text('country'),
    succeeds: text('succeeds'),
  },
  (table) => [
    uniqueIndex('sessions_id').on(table.id),
    index('sessions_user').on(table.userId),
    index('sessions_credential').on(table.credentialId),
    index('sessions_expiry').on(table.expiresAt),
  ],
);

export const spentNonces = pgTable(
  'spent_nonces',
  {
    nonce: bytes('nonce').primaryKey(),
    expiresAt: time('expires_at').notNull(),
    /** The attempt that spent it, so that an attempt whose answer was lost can recognise itself. */
    spentBy: uuid('spent_by').notNull(),
  },
  (table) => [index('spent_nonces_expiry').on(table.expiresAt)],
);

/** The latest expiry of a nonce that was purged, of each hour: see `nonce-horizon.ts`. */
export const nonceHorizon = pgTable('nonce_horizon', {
  hour: integer('id').primaryKey(),
  purgedUpTo: time('purged_up_to').notNull(),
});

export const keptKeys = pgTable('kept_keys', {
  name: text('name').primaryKey(),
  value: bytes('value').notNull(),
});

export const operatorEntries = pgTable(
  'operator_entries',
  {
    id: text('id').primaryKey(),
    at: time('at').notNull(),
    operator: text('operator').notNull(),
    kind: text('kind').notNull(),
    evidence: json<object>('evidence').notNull(),
    /** In the feed, once it was read: see `feed.ts`. */
    position: time('position'),
  },
  (table) => [
    index('operator_entries_time').on(table.at, table.id),
    index('operator_entries_unplaced').on(table.at, table.id).where(sql`position IS NULL`),
    uniqueIndex('operator_entries_position').on(table.position).where(sql`position IS NOT NULL`),
  ],
);

export const auditEntries = pgTable(
  'audit_entries',
  {
    userId: owner(),
    /** Made by the store, in the order of time; unique within the account. */
    id: uuid('id').notNull(),
    at: time('at').notNull(),
    kind: text('kind').notNull(),
    credentialId: text('credential_id'),
    sessionId: text('session_id'),
    evidence: json<object>('evidence').notNull(),
    security: boolean('security').notNull().default(false),
    /** In the feed, once it was read: see `feed.ts`. */
    position: time('position'),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.id] }),
    index('audit_entries_at').on(table.at),
    // Routine entries, such as every sign-in makes, are not in it.
    index('audit_entries_security').on(table.userId, table.id).where(sql`security`),
    index('audit_entries_unplaced')
      .on(table.at, table.id)
      .where(sql`security AND position IS NULL`),
    uniqueIndex('audit_entries_position').on(table.position).where(sql`position IS NOT NULL`),
  ],
);

export const oidcRecords = pgTable(
  'oidc_records',
  {
    key: text('key').primaryKey(),
    model: text('model').notNull(),
    payload: text('payload').notNull(),
    expiresAt: time('expires_at').notNull(),
    consumedAt: time('consumed_at'),
    userId: text('user_id').references(() => users.id, { onDelete: 'cascade' }),
    lineage: text('lineage'),
    outlivesSession: boolean('outlives_session').notNull(),
    credentialId: text('credential_id'),
  },
  (table) => [
    index('oidc_records_user').on(table.userId),
    index('oidc_records_expiry').on(table.expiresAt),
  ],
);

/** Apps hear of the end of an account too, so it may be gone. `due_at` is set once the sign-in has ended. */
export const oidcLogins = pgTable(
  'oidc_logins',
  {
    userId: text('user_id').notNull(),
    lineage: text('lineage').notNull(),
    clientId: text('client_id').notNull(),
    expiresAt: time('expires_at').notNull(),
    dueAt: time('due_at'),
    attempts: integer('attempts').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.lineage, table.clientId] }),
    index('oidc_logins_due').on(table.dueAt),
    index('oidc_logins_expiry').on(table.expiresAt),
  ],
);

/** One row: the salts of the deployment (`vault.ts`). */
export const vaultSalts = pgTable('vault_salts', {
  id: integer('id').primaryKey(),
  current: bytes('current').notNull(),
  next: bytes('next'),
  rotatingSince: time('rotating_since'),
});

export const vaults = pgTable('vaults', {
  userId: text('user_id')
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  exists: boolean('exists').notNull(),
  revision: integer('revision').notNull(),
  data: bytes('data'),
  rotationDue: boolean('rotation_due').notNull(),
});

export const vaultEnvelopes = pgTable(
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
    wrappedKey: bytes('wrapped_key').notNull(),
    createdAt: time('created_at').notNull(),
    lastUsedAt: time('last_used_at'),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.id] }),
    index('vault_envelopes_credential').on(table.credentialId),
  ],
);

/** One recovery code an account. Only a keyed hash of what gives the account back is here. */
export const recoveryCodes = pgTable('recovery_codes', {
  userId: owner().primaryKey(),
  verifierHash: text('verifier_hash').notNull(),
  createdAt: time('created_at').notNull(),
});

/** Links by which an operator lets the owner of an account add a passkey. */
export const enrolments = pgTable(
  'enrolments',
  {
    tokenHash: text('token_hash').primaryKey(),
    userId: owner(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [
    index('enrolments_user').on(table.userId),
    index('enrolments_expiry').on(table.expiresAt),
  ],
);

/** Messages to be delivered. No foreign key: the end of an account is told of, too. */
export const outbox = pgTable(
  'outbox',
  {
    id: uuid('id').primaryKey(),
    channel: text('channel').$type<Message['channel']>().notNull(),
    subject: text('subject').notNull(),
    /** The mail address, if it goes to one that may be gone by the time it is delivered. */
    recipient: text('recipient'),
    message: text('message').notNull(),
    createdAt: time('created_at').notNull(),
    /** When it may be taken; whoever takes it moves this to the end of the lease. */
    dueAt: time('due_at').notNull(),
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
export const appleLinks = pgTable(
  'apple_links',
  {
    team: text('team').notNull(),
    sub: text('sub').notNull(),
    userId: owner(),
    state: text('state').$type<AppleLinkState>().notNull(),
    stateChangedAt: time('state_changed_at').notNull(),
    givenName: text('given_name'),
    familyName: text('family_name'),
    createdAt: time('created_at').notNull(),
    lastUsedAt: time('last_used_at').notNull(),
    /** The latest that Apple told of it, by Apple's clock: what it tells of earlier is overtaken. */
    toldAt: time('told_at').notNull(),
    /** When Apple is asked whether the consent still holds; null if there is no token to ask with. */
    checkDueAt: time('check_due_at'),
    transferSub: text('transfer_sub'),
    transferredAt: time('transferred_at'),
  },
  (table) => [
    primaryKey({ columns: [table.team, table.sub] }),
    uniqueIndex('apple_links_user').on(table.userId, table.team),
    uniqueIndex('apple_links_transfer').on(table.transferSub),
    index('apple_links_check').on(table.checkDueAt),
  ],
);

/** Addresses that a person has, or had. */
export const appleAddresses = pgTable(
  'apple_addresses',
  {
    team: text('team').notNull(),
    sub: text('sub').notNull(),
    email: text('email').notNull(),
    isVerified: boolean('is_verified').notNull(),
    isPrivate: boolean('is_private').notNull(),
    firstSeenAt: time('first_seen_at').notNull(),
    lastSeenAt: time('last_seen_at').notNull(),
    disabledAt: time('disabled_at'),
    /** When Apple told last whether mail arrives, by Apple's clock. */
    toldAt: time('told_at').notNull().default(0),
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
export const appleTokens = pgTable(
  'apple_tokens',
  {
    id: text('id').primaryKey(),
    team: text('team').notNull(),
    sub: text('sub').notNull(),
    clientId: text('client_id').notNull(),
    sealed: text('sealed').notNull(),
    createdAt: time('created_at').notNull(),
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
export const appleNotifications = pgTable(
  'apple_notifications',
  {
    jti: text('jti').primaryKey(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [index('apple_notifications_expiry').on(table.expiresAt)],
);

/** One verified mail address an account. Several accounts may have the same. */
export const recoveryAddresses = pgTable(
  'recovery_addresses',
  {
    userId: owner().primaryKey(),
    address: text('address').notNull(),
    addressKey: text('address_key').notNull(),
    verifiedAt: time('verified_at').notNull(),
  },
  (table) => [index('recovery_addresses_key').on(table.addressKey)],
);

/** An address whose owner has yet to type the code that was sent to it. */
export const addressCodes = pgTable(
  'address_codes',
  {
    userId: owner().primaryKey(),
    address: text('address').notNull(),
    addressKey: text('address_key').notNull(),
    codeHash: text('code_hash').notNull(),
    triesLeft: integer('tries_left').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [index('address_codes_expiry').on(table.expiresAt)],
);

/** Links that were mailed. Once a wait has begun, the link belongs to the browser that began it. */
export const recoveryLinks = pgTable(
  'recovery_links',
  {
    tokenHash: text('token_hash').primaryKey(),
    userId: owner(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    browserHash: text('browser_hash'),
    startedAt: time('started_at'),
    opensAt: time('opens_at'),
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
export const recoveryBrowsers = pgTable(
  'recovery_browsers',
  {
    userId: owner(),
    browserHash: text('browser_hash').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.browserHash] }),
    index('recovery_browsers_expiry').on(table.expiresAt),
  ],
);

/** Links by which an operator lets somebody open an account. */
export const invitations = pgTable(
  'invitations',
  {
    tokenHash: text('token_hash').primaryKey(),
    username: text('username'),
    expiresAt: time('expires_at').notNull(),
    operator: text('operator').notNull(),
    /** Null only if a node of before made it. */
    id: text('id'),
    revokedAt: time('revoked_at'),
  },
  (table) => [
    index('invitations_expiry').on(table.expiresAt),
    uniqueIndex('invitations_id').on(table.id),
  ],
);

/** Keys of the operators' API. */
export const operatorKeys = pgTable(
  'operator_keys',
  {
    id: text('id').primaryKey(),
    keyHash: text('key_hash').notNull(),
    name: text('name').notNull(),
    scopes: json<string[]>('scopes').notNull(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    lastUsedOn: text('last_used_on'),
  },
  (table) => [uniqueIndex('operator_keys_hash').on(table.keyHash)],
);

/** One row: the last position of an entry that was given (`feed.ts`). */
export const auditFeed = pgTable('audit_feed', {
  id: integer('id').primaryKey(),
  last: time('last').notNull(),
});
