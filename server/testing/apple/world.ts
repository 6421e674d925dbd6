/** What Apple keeps: teams and their clients, people, what they allowed, and what was given out for it. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { type Faults, noFaults } from './faults.ts';
import { type SigningKey, signingKey } from './signing.ts';

export interface Person {
  readonly id: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Changes when the person says so. */
  email: string;
}

export interface Team {
  readonly id: string;
  /** Public keys that verify client secrets, by key identifier. A revoked one is missing. */
  readonly keys: Map<string, KeyObject>;
}

export interface Client {
  readonly id: string;
  /** Changes when the app is transferred. */
  teamId: string;
  /** Exactly these. Empty: an app. */
  readonly redirectUris: string[];
}

/** What a person allowed to a team's apps; grouped clients share it. */
interface Consent {
  readonly hidesEmail: boolean;
  forwards: boolean;
}

export interface Code {
  readonly value: string;
  readonly clientId: string;
  readonly redirectUri: string | null;
  readonly personId: string;
  readonly nonce: string | null;
  readonly wantsEmail: boolean;
  readonly issuedAt: number;
  isUsed: boolean;
}

export interface RefreshToken {
  readonly value: string;
  readonly clientId: string;
  readonly personId: string;
  isRevoked: boolean;
  /** When it was asked about last. */
  askedAt: number;
}

export interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly begunAt: number;
  isAccepted: boolean;
}

export interface World {
  readonly teams: Map<string, Team>;
  readonly clients: Map<string, Client>;
  readonly people: Map<string, Person>;
  /** By person and team. */
  readonly consents: Map<string, Consent>;
  readonly codes: Map<string, Code>;
  readonly refreshTokens: Map<string, RefreshToken>;
  readonly accessTokens: Map<string, { readonly teamId: string; readonly until: number }>;
  readonly transfers: Transfer[];
  /** Those that are published. */
  readonly signingKeys: SigningKey[];
  readonly faults: Faults;
  /** Why calls were refused, in more words than Apple has. */
  readonly refusals: string[];
  now(): number;
}

export function newWorld(now: () => number): World {
  const faults = noFaults();
  return {
    teams: new Map(),
    clients: new Map(),
    people: new Map(),
    consents: new Map(),
    codes: new Map(),
    refreshTokens: new Map(),
    accessTokens: new Map(),
    transfers: [],
    signingKeys: [signingKey('W6WcOKB'), signingKey('fh6Bs8C')],
    faults,
    refusals: [],
    now: () => now() + faults.clockAheadMs,
  };
}

export const codeLivesForMs = 300_000;
export const transferLastsForMs = 60 * 86_400_000;

/** A key that signs client secrets, of which Apple keeps the public half. */
export function addKey(team: Team, keyId: string): KeyObject {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  team.keys.set(keyId, publicKey);
  return privateKey;
}

export const random = (length = 32) => randomBytes(length).toString('base64url');

/** The person under this team: always the same, and not the same under another. */
export function subOf(personId: string, teamId: string): string {
  const digest = createHash('sha256').update(`${personId} ${teamId}`).digest('hex');
  return `000638.${digest.slice(0, 32)}.0638`;
}

export function transferSubOf(personId: string, { from, to }: Transfer): string {
  return `000t.${createHash('sha256').update(`${personId} ${from} ${to}`).digest('hex')}`;
}

export const consentKey = (personId: string, teamId: string) => `${personId} ${teamId}`;

/** The address that a team's apps get to see. */
export function addressFor(world: World, person: Person, teamId: string) {
  const consent = world.consents.get(consentKey(person.id, teamId));
  if (consent?.hidesEmail !== true) return { email: person.email, isPrivate: false };
  const digest = createHash('sha256').update(`relay ${person.id} ${teamId}`).digest('hex');
  return { email: `${digest.slice(0, 10)}@privaterelay.appleid.com`, isPrivate: true };
}

/** A transfer that brought this client here and is not over. */
export function transferInto(world: World, teamId: string): Transfer | undefined {
  return world.transfers.find(
    ({ to, isAccepted, begunAt }) =>
      to === teamId && isAccepted && world.now() < begunAt + transferLastsForMs,
  );
}
