/**
 * The three forms that a line may have: our own, one account with its credentials; and one passkey with
 * its user, as applications with SimpleWebAuthn and with better-auth store them. Members that are not
 * named here are passed over.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { toBase64Url } from '../../base64url.ts';
import * as fields from './fields.ts';
import type { PublicKey } from './public-key.ts';
import type { HandleSpelling } from './user-handles.ts';

const { optional } = fields;

type Spelling = HandleSpelling | undefined;

/** What every form comes to. What a line does not tell is undefined. */
export interface AccountLine {
  readonly source: 'latchkey' | 'simplewebauthn' | 'better-auth';
  readonly userHandle: string;
  /** The same text in every row of one user; null where a line is a whole account. */
  readonly rowOf: string | null;
  readonly username: string;
  readonly displayName: string | undefined;
  readonly createdAt: number | undefined;
  readonly disabledAt: number | undefined;
  readonly policy: string | undefined;
  readonly credentials: readonly CredentialLine[];
  readonly apple: readonly AppleLine[] | undefined;
}

export type AppleLine = z.output<typeof appleLink>;

/** A link with a person at Apple, as a team of developers knows them. */
const appleLink = z.object(
  {
    team: fields.appleTeam,
    sub: fields.appleSubject,
    state: optional(fields.oneOf('active', 'revoked')),
    since: optional(fields.time),
    linkedAt: optional(fields.time),
    lastUsedAt: optional(fields.time),
    givenName: optional(fields.shownName),
    familyName: optional(fields.shownName),
  },
  'expected an object',
);

/** That of today, and that of before. */
const mostTeams = 2;

export type CredentialLine = Partial<z.output<ReturnType<typeof detailsOf>>> & {
  readonly id: string;
  readonly key: PublicKey;
};

/** What may be known of a credential beside its ID and key. */
const detailsOf = (handles: Spelling) =>
  z.object(
    {
      signCount: optional(fields.signCount),
      transports: optional(fields.transports),
      aaguid: optional(fields.aaguid),
      backupEligible: optional(fields.flag),
      backedUp: optional(fields.flag),
      createdAt: optional(fields.time),
      lastUsedAt: optional(fields.lastUse),
      name: optional(fields.shownName),
      rpId: optional(fields.rpId),
      uvInitialized: optional(fields.flag),
      attachment: optional(fields.oneOf('platform', 'cross-platform')),
      state: optional(fields.oneOf('active', 'superseded', 'suspected-clone', 'revoked')),
      lastUserAgent: optional(fields.userAgent),
      lastCountry: optional(fields.country),
      upgradeAfter: optional(fields.time),
      counterFellAt: optional(fields.time),
      userHandle: fields.ownUserHandle(handles),
      attested: optional(fields.flag),
    },
    'expected an object',
  );

const credentialOf = (handles: Spelling) =>
  detailsOf(handles)
    .extend({
      id: fields.credentialId,
      publicKey: optional(fields.coseKey),
      publicKeySpki: optional(fields.spkiKey),
      publicKeyJwk: optional(fields.jwkKey),
    })
    .transform(({ publicKey, publicKeySpki, publicKeyJwk, ...rest }, context): CredentialLine => {
      const [key, ...more] = [publicKey, publicKeySpki, publicKeyJwk].filter(
        (each) => each !== undefined,
      );
      if (key === undefined || more.length > 0) {
        const message = 'expected one of publicKey, publicKeySpki and publicKeyJwk';
        context.addIssue({ code: 'custom', message, path: ['publicKey'] });
        return z.NEVER;
      }
      checkBackup(rest, context);
      return { ...rest, key };
    });

/** What most lines don't tell of the account. */
const unknown = {
  displayName: undefined,
  createdAt: undefined,
  disabledAt: undefined,
  policy: undefined,
  apple: undefined,
};

/** As many as an account can hold. */
const mostCredentials = 64;

const oursOf = (handles: Spelling) =>
  z
    .object({
      username: fields.username,
      displayName: optional(fields.shownName),
      userHandle: fields.userHandle(handles),
      createdAt: optional(fields.time),
      disabledAt: optional(fields.time),
      policy: optional(fields.policyName),
      credentials: z
        .array(credentialOf(handles), 'expected an array')
        .max(mostCredentials, `more than ${mostCredentials}`),
      apple: optional(
        z.array(appleLink, 'expected an array').max(mostTeams, `more than ${mostTeams}`),
      ),
    })
    .superRefine(({ apple: [first, second] = [], credentials }, context) => {
      if (first !== undefined && first.team === second?.team) {
        context.addIssue({ code: 'custom', message: 'twice', path: ['apple', 1, 'team'] });
      }
      const seen = new Set<string>();
      for (const [index, { id }] of credentials.entries()) {
        const path = ['credentials', index, 'id'];
        if (seen.has(id)) context.addIssue({ code: 'custom', message: 'twice in this line', path });
        seen.add(id);
      }
    })
    .transform((line): AccountLine => ({ source: 'latchkey', rowOf: null, ...unknown, ...line }));

/** What the rows of both libraries have in common. */
const row = {
  publicKey: fields.coseKey,
  counter: optional(fields.signCount),
  deviceType: optional(fields.oneOf('singleDevice', 'multiDevice')),
  backedUp: optional(fields.flag),
  transports: optional(fields.transports),
  aaguid: optional(fields.aaguid),
  name: optional(fields.shownName),
  createdAt: optional(fields.time),
};

const simpleWebAuthnOf = (handles: Spelling) =>
  z
    .object({
      ...row,
      id: fields.credentialId,
      webauthnUserID: optional(fields.userHandle(handles)),
      // As its documentation spelt it until version 13.
      webAuthnUserID: optional(fields.userHandle(handles)),
      user: z.object(
        {
          id: z.union([z.string(), z.number()]).optional().catch(undefined),
          username: fields.username,
          displayName: optional(fields.shownName),
        },
        'expected an object with the username',
      ),
    })
    .transform(({ user, webauthnUserID, webAuthnUserID, id, ...rest }, context): AccountLine => {
      const userHandle = webauthnUserID ?? webAuthnUserID;
      if (userHandle === undefined) {
        context.addIssue({ code: 'custom', message: 'missing', path: ['webauthnUserID'] });
        return z.NEVER;
      }
      const { username, displayName } = user;
      const rowOf = JSON.stringify([user.id, username]);
      const account = { userHandle, rowOf, username, displayName };
      return ofRow('simplewebauthn', account, { id, userHandle }, rest, context);
    });

const betterAuthOf = (handles: Spelling) =>
  z
    .object({
      ...row,
      credentialID: fields.credentialId,
      userId: z.string('expected the ID of the user').min(1, 'expected the ID of the user'),
      userHandle: optional(fields.userHandle(handles)),
      user: z.object(
        {
          username: z.unknown().optional(),
          email: z.unknown().optional(),
          name: optional(fields.shownName),
        },
        'expected an object with the username or email',
      ),
    })
    .transform(({ user, userId, credentialID, userHandle, ...rest }, context): AccountLine => {
      const member = (user.username ?? null) === null ? 'email' : 'username';
      const username = fields.username.safeParse(user[member]);
      if (!username.success) {
        const message = username.error.issues[0]?.message ?? '';
        context.addIssue({ code: 'custom', message, path: ['user', member] });
        return z.NEVER;
      }
      const account = {
        ...{ userHandle: userHandle ?? standInHandle(userId), rowOf: userId },
        ...{ username: username.data, displayName: user.name },
      };
      const own = { id: credentialID, userHandle: userHandle ?? ('' as const) };
      return ofRow('better-auth', account, own, rest, context);
    });

/**
 * better-auth gives every registration a random user handle and keeps none of them. The account needs one
 * all the same, and the same one for each of its passkeys and in every run.
 */
function standInHandle(userId: string): string {
  return toBase64Url(createHash('sha256').update(`better-auth user ${userId}`).digest());
}

type Row = z.output<z.ZodObject<typeof row>>;

function ofRow(
  source: AccountLine['source'],
  account: Pick<AccountLine, 'username' | 'displayName' | 'userHandle' | 'rowOf'>,
  own: Pick<CredentialLine, 'id' | 'userHandle'>,
  { publicKey, counter, deviceType, ...rest }: Row,
  context: z.RefinementCtx,
): AccountLine {
  const backupEligible = deviceType === undefined ? undefined : deviceType === 'multiDevice';
  const { backedUp, transports, aaguid, name, createdAt } = rest;
  const credential = {
    ...{ ...own, key: publicKey, signCount: counter, backupEligible, backedUp },
    ...{ transports, aaguid, name, createdAt },
  };
  checkBackup(credential, context);
  return { ...unknown, source, ...account, credentials: [credential] };
}

/** WebAuthn L3 §6.1.3: what is not eligible for backup is not backed up. */
function checkBackup(
  { backupEligible, backedUp }: Pick<CredentialLine, 'backupEligible' | 'backedUp'>,
  context: z.RefinementCtx,
): void {
  if (backedUp !== true || backupEligible !== false) return;
  context.addIssue({
    code: 'custom',
    message: 'true without backup eligibility',
    path: ['backedUp'],
  });
}

/**
 * The form of a line, told by the member that only it has; null if it is none of them.
 *
 * @param handles how the file spells user handles that are texts
 */
export function shapesOf(handles: Spelling): (line: object) => z.ZodType<AccountLine> | null {
  const [ours, betterAuth, simpleWebAuthn] = [
    oursOf(handles),
    betterAuthOf(handles),
    simpleWebAuthnOf(handles),
  ];
  return (line) => {
    if ('credentials' in line) return ours;
    if ('credentialID' in line) return betterAuth;
    return 'webauthnUserID' in line || 'webAuthnUserID' in line ? simpleWebAuthn : null;
  };
}
