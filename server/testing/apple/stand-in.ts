/**
 * Stands in for Apple: a real HTTP server, as strict as Apple where Apple is known to be strict, with everything
 * that goes wrong there as a fault to turn on.
 *
 * It differs from Apple in this alone: redirect URIs may be on http://localhost, and nobody types a password.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import { appleIssuer } from '../../apple/client-secret.ts';
import {
  consent,
  type Decision,
  decide,
  type FormPost,
  issueCode,
  readAuthorizationRequest,
} from './authorize.ts';
import type { Faults } from './faults.ts';
import { currentKey, identityClaims, identityToken } from './identity.ts';
import { type SeenCall, serveWorld } from './server.ts';
import { type SigningKey, sign, signingKey } from './signing.ts';
import {
  addKey,
  addressFor,
  consentKey,
  newWorld,
  type Person,
  subOf,
  type Team,
  type World,
} from './world.ts';

export const servicesId = 'com.example.login';
export const bundleIds = ['com.example.app', 'com.example.other'] as const;
const teamId = 'A1B2C3D4E5';
const keyId = 'F6G7H8J9K0';

type EventType =
  | 'consent-revoked'
  | 'account-delete'
  | 'account-deleted'
  | 'email-disabled'
  | 'email-enabled';

/** What an app gets from `ASAuthorizationAppleIDProvider`. */
interface NativeCredential {
  readonly identityToken: string;
  readonly authorizationCode: string;
  /** The first time alone. */
  readonly user?: {
    readonly name: { readonly firstName: string; readonly lastName: string };
    readonly email: string;
  };
}

export interface AppleStandIn {
  readonly origin: string;
  readonly world: World;
  readonly faults: Faults;
  /** Every call that arrived. */
  readonly seen: readonly SeenCall[];
  /** Its clock; a test hands it that of its application. */
  now: () => number;
  /** The variables of a server whose callback is at this origin, for the first team or another. */
  env(callbackOrigin: string, team?: string): Readonly<Record<string, string>>;
  /** Registers the callback of a server at this origin. */
  register(callbackOrigin: string): void;
  /** @param id by which the person is the same one after a restart */
  addPerson(firstName: string, lastName?: string, email?: string, id?: string): Person;
  addTeam(id: string): Team;
  /** The person as the team's clients see them. */
  subOf(person: Person, team?: string): string;
  /** What the browser posts after a person decided at this address of `/auth/authorize`. */
  decide(
    url: string,
    decision: Omit<Decision, 'personId'> & { person: Person | null },
  ): Promise<FormPost>;
  /** A sign-in in an app. */
  native(
    person: Person,
    options?: {
      readonly bundleId?: string;
      /** As the app sends it to Apple: hashed. */
      readonly nonce?: string | null;
      readonly hidesEmail?: boolean;
    },
  ): Promise<NativeCredential>;
  /** The claims of an identity token, to be changed and signed. */
  claims(person: Person, clientId?: string, nonce?: string | null): JWTPayload;
  sign(
    claims: JWTPayload,
    options?: { readonly key?: SigningKey; readonly header?: Readonly<Record<string, unknown>> },
  ): Promise<string>;
  /** A notification: the value of `payload` in what Apple posts. */
  notification(
    person: Person,
    type: EventType,
    changes?: {
      readonly claims?: Readonly<Record<string, unknown>>;
      readonly event?: Readonly<Record<string, unknown>>;
    },
  ): Promise<string>;
  /** The person ends it in the settings of the iPhone. */
  stopUsing(person: Person): void;
  /** Apple signs with a new key from now on; the oldest is published no more. */
  rotateKeys(): void;
  revokeKey(): void;
  beginTransfer(to: string): void;
  acceptTransfer(): void;
  close(): Promise<void>;
}

export interface StandInOptions {
  readonly port?: number;
  /** Where the `.p8` files are kept; by default in a folder that is removed at the end. */
  readonly folder?: string;
  readonly now?: () => number;
}

export async function startApple(options: StandInOptions = {}): Promise<AppleStandIn> {
  const seen: SeenCall[] = [];
  const world = newWorld(() => standIn.now());
  const server = serveWorld(world, seen);
  await new Promise<void>((listening) => server.listen(options.port ?? 0, 'localhost', listening));
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'apple-'));
  mkdirSync(folder, { recursive: true });

  const addTeam = (id: string): Team => {
    const team: Team = { id, keys: new Map() };
    const pem = addKey(team, keyId).export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(join(folder, `${id}.p8`), pem, { mode: 0o600 });
    world.teams.set(id, team);
    return team;
  };
  addTeam(teamId);
  for (const id of [servicesId, ...bundleIds]) {
    world.clients.set(id, { id, teamId, redirectUris: [] });
  }

  const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  const standIn: AppleStandIn = {
    ...{ origin, world, seen, addTeam },
    faults: world.faults,
    now: options.now ?? Date.now,
    env(callbackOrigin, team = teamId) {
      standIn.register(callbackOrigin);
      return {
        APPLE_TEAM_ID: team,
        APPLE_KEY_ID: keyId,
        APPLE_KEY: join(folder, `${team}.p8`),
        APPLE_SERVICES_ID: servicesId,
        APPLE_BUNDLE_IDS: bundleIds.join(','),
        APPLE_BASE_URL: origin,
      };
    },
    register: (origin) =>
      void world.clients.get(servicesId)?.redirectUris.push(`${origin}/api/apple/callback`),
    addPerson(firstName, lastName = 'Appleseed', email, id = randomUUID()) {
      const address = email ?? `${firstName.toLowerCase()}@icloud.example`;
      const person = { id, firstName, lastName, email: address };
      world.people.set(person.id, person);
      return person;
    },
    subOf: (person, team = world.clients.get(servicesId)?.teamId ?? teamId) =>
      subOf(person.id, team),
    decide: (url, { person, ...decision }) => {
      const request = readAuthorizationRequest(world, new URL(url));
      return decide(world, request, { ...decision, personId: person?.id ?? null });
    },
    async native(person, { bundleId = bundleIds[0], nonce = null, hidesEmail = false } = {}) {
      const isFirst = consent(world, person, bundleId, hidesEmail);
      const asked = { clientId: bundleId, redirectUri: null, nonce, wantsEmail: true };
      const { value: code } = issueCode(world, person, asked);
      const { firstName, lastName } = person;
      const { email } = addressFor(world, person, world.clients.get(bundleId)?.teamId ?? teamId);
      return {
        identityToken: await identityToken(world, person, { ...asked, code, realUserStatus: 2 }),
        authorizationCode: code,
        ...(isFirst &&
          !world.faults.losesUser && { user: { name: { firstName, lastName }, email } }),
      };
    },
    claims: (person, clientId = servicesId, nonce = null) =>
      identityClaims(world, person, { clientId, nonce, wantsEmail: true }),
    sign: (claims, { key = currentKey(world), header } = {}) => sign(claims, key, header),
    notification(person, type, { claims = {}, event = {} } = {}) {
      const team = world.clients.get(bundleIds[0])?.teamId ?? teamId;
      const { email, isPrivate } = addressFor(world, person, team);
      const seconds = Math.floor(world.now() / 1000);
      const tellsAddress = type.startsWith('email-');
      const told = {
        ...{ type, sub: subOf(person.id, team), event_time: world.now() },
        ...(tellsAddress && { email, is_private_email: String(isPrivate) }),
        ...event,
      };
      const payload = {
        ...{ iss: appleIssuer, aud: bundleIds[0], iat: seconds, exp: seconds + 86_400 },
        ...{ jti: randomUUID(), events: JSON.stringify(told) },
        ...claims,
      };
      return sign(payload, currentKey(world));
    },
    stopUsing(person) {
      for (const team of world.teams.keys()) world.consents.delete(consentKey(person.id, team));
      for (const held of world.refreshTokens.values()) {
        if (held.personId === person.id) held.isRevoked = true;
      }
    },
    rotateKeys() {
      world.signingKeys.pop();
      world.signingKeys.unshift(signingKey(`rotated-${world.signingKeys[0]?.kid}`));
    },
    revokeKey: () => void world.teams.get(teamId)?.keys.clear(),
    beginTransfer: (to) =>
      void world.transfers.push({ from: teamId, to, begunAt: world.now(), isAccepted: false }),
    acceptTransfer() {
      for (const transfer of world.transfers) transfer.isAccepted = true;
      const to = world.transfers.at(-1)?.to;
      for (const client of world.clients.values()) client.teamId = to ?? client.teamId;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
  return standIn;
}
