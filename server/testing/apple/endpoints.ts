/** The calls with a client secret: tokens, revocation, migration. Each is as strict as Apple's. */
import { judgeSecret } from './client-secret.ts';
import { identityToken } from './identity.ts';
import {
  addressFor,
  type Client,
  type Code,
  codeLivesForMs,
  consentKey,
  type RefreshToken,
  random,
  subOf,
  transferInto,
  transferLastsForMs,
  transferSubOf,
  type World,
} from './world.ts';

export interface Posted {
  readonly form: URLSearchParams;
  readonly bearer: string | null;
}

type Body = Readonly<Record<string, unknown>>;

/** An error of OAuth, in Apple's words, and why. */
export class Refusal extends Error {
  readonly body: Body;

  constructor(error: string, why: string, description?: string) {
    super(why);
    this.body = { error, ...(description !== undefined && { error_description: description }) };
  }
}

interface Authenticated extends Posted {
  readonly client: Client;
  readonly teamId: string;
}

function authenticate(world: World, posted: Posted): Authenticated {
  const { form } = posted;
  const names = [...form.keys()];
  if (new Set(names).size < names.length) throw new Refusal('invalid_request', 'a field is twice');
  const client = world.clients.get(required(form, 'client_id'));
  const secret = form.get('client_secret');
  if (secret === null) throw new Refusal('invalid_client', 'the secret is not in the body');
  if (client === undefined) throw new Refusal('invalid_client', 'unknown client');
  const judged = judgeSecret(world, client, secret);
  if ('wrong' in judged) throw new Refusal('invalid_client', judged.wrong);
  return { ...posted, client, teamId: judged.teamId };
}

export async function token(world: World, posted: Posted): Promise<Body> {
  const grant = required(posted.form, 'grant_type');
  const authenticated = authenticate(world, posted);
  if (grant === 'authorization_code') return redeem(world, authenticated);
  if (grant === 'refresh_token') return refresh(world, authenticated);
  if (grant === 'client_credentials') return migrationToken(world, authenticated);
  throw new Refusal('unsupported_grant_type', grant);
}

async function redeem(world: World, { form, client }: Authenticated): Promise<Body> {
  const code = world.codes.get(required(form, 'code'));
  const expired = 'The code has expired or has been revoked.';
  if (code === undefined) throw new Refusal('invalid_grant', 'unknown code', expired);
  if (world.faults.refusesClientForRealCodes) {
    throw new Refusal('invalid_client', 'the client is not grouped with the app of the key');
  }
  requireOrigin(code, client, form.get('redirect_uri'));
  if (code.isUsed && !world.faults.takesCodesAgain) {
    throw new Refusal('invalid_grant', 'used code', 'The code has already been used.');
  }
  if (world.now() > code.issuedAt + codeLivesForMs) {
    throw new Refusal('invalid_grant', 'expired code', expired);
  }
  code.isUsed = true;
  const issued: RefreshToken = {
    value: `r${random()}.0.mrxv.${random(16)}`,
    clientId: client.id,
    personId: code.personId,
    isRevoked: false,
    askedAt: Number.NEGATIVE_INFINITY,
  };
  world.refreshTokens.set(issued.value, issued);
  return {
    ...(await accessOf(world, code)),
    ...(world.faults.givesRefreshToken && { refresh_token: issued.value }),
  };
}

/** A code is for the client, and the redirect URI, that it was issued to. */
function requireOrigin(code: Code, client: Client, redirectUri: string | null): void {
  const other = (name: string, value: string) =>
    new Refusal(
      'invalid_grant',
      `${name} mismatch`,
      `${name} mismatch. The code was not issued to ${value}.`,
    );
  if (code.clientId !== client.id) throw other('client_id', client.id);
  if (code.redirectUri !== redirectUri) throw other('redirect_uri', redirectUri ?? '');
}

async function refresh(world: World, { form, client }: Authenticated): Promise<Body> {
  const held = world.refreshTokens.get(required(form, 'refresh_token'));
  if (held === undefined || held.isRevoked || held.clientId !== client.id) {
    throw new Refusal('invalid_grant', 'unknown, revoked or another client’s refresh token');
  }
  if (world.faults.throttlesRefresh && world.now() - held.askedAt < 86_400_000) {
    throw new Refusal('throttled', 'asked twice in a day');
  }
  held.askedAt = world.now();
  return accessOf(world, { ...held, nonce: null, wantsEmail: true });
}

async function accessOf(
  world: World,
  asked: Pick<Code, 'clientId' | 'personId' | 'nonce' | 'wantsEmail'>,
): Promise<Body> {
  const person = world.people.get(asked.personId);
  if (person === undefined) throw new Refusal('invalid_grant', 'the person is gone');
  return {
    access_token: `a${random()}.0.mrxv.${random(16)}`,
    token_type: world.faults.tokenType,
    expires_in: 3600,
    id_token: await identityToken(world, person, asked),
  };
}

/** 200 also for what is revoked already, for junk, and for another client's, which is left alone. */
export function revoke(world: World, posted: Posted): Body {
  const { form, client, teamId } = authenticate(world, posted);
  const held = world.refreshTokens.get(required(form, 'token'));
  if (held === undefined || held.clientId !== client.id) return {};
  held.isRevoked = true;
  // The person is asked again next time, and the name is sent again.
  world.consents.delete(consentKey(held.personId, teamId));
  return {};
}

function migrationToken(world: World, { form, teamId }: Authenticated): Body {
  if (form.get('scope') !== 'user.migration') throw new Refusal('invalid_scope', 'unknown scope');
  const isMoving = world.transfers.some(({ from, to }) => from === teamId || to === teamId);
  if (!isMoving) throw new Refusal('invalid_scope', 'the team transfers no app');
  const value = `m${random()}`;
  world.accessTokens.set(value, { teamId, until: world.now() + 3_600_000 });
  return { access_token: value, token_type: world.faults.tokenType, expires_in: 3600 };
}

export function migrate(world: World, posted: Posted): Body {
  const { form, bearer, teamId } = authenticate(world, posted);
  const held = world.accessTokens.get(bearer ?? '');
  if (held === undefined || held.teamId !== teamId || held.until < world.now()) {
    throw new Refusal('invalid_token', 'no access token for migration');
  }
  const moved = form.get('transfer_sub');
  return moved === null ? exported(world, teamId, form) : imported(world, teamId, moved);
}

function exported(world: World, teamId: string, form: URLSearchParams): Body {
  const [sub, target] = [required(form, 'sub'), required(form, 'target')];
  const transfer = world.transfers.find(({ from, to }) => from === teamId && to === target);
  const person = [...world.people.values()].find(({ id }) => subOf(id, teamId) === sub);
  const isOver = transfer !== undefined && world.now() > transfer.begunAt + transferLastsForMs;
  if (transfer === undefined || person === undefined || isOver) {
    throw new Refusal('invalid_request', 'unknown person or target');
  }
  if (!world.consents.has(consentKey(person.id, teamId))) {
    throw new Refusal('invalid_request', 'the person has revoked the consent');
  }
  return { transfer_sub: transferSubOf(person.id, transfer) };
}

function imported(world: World, teamId: string, transferSub: string): Body {
  const transfer = transferInto(world, teamId);
  const person = [...world.people.values()].find(
    ({ id }) => transfer !== undefined && transferSubOf(id, transfer) === transferSub,
  );
  if (transfer === undefined || person === undefined) {
    throw new Refusal('invalid_request', 'unknown transfer_sub, or the 60 days are over');
  }
  const consent = world.consents.get(consentKey(person.id, transfer.from));
  if (consent !== undefined) {
    const there = consentKey(person.id, teamId);
    if (!world.consents.has(there)) world.consents.set(there, { ...consent });
  }
  const { email, isPrivate } = addressFor(world, person, teamId);
  return {
    sub: subOf(person.id, teamId),
    ...(isPrivate && { email, is_private_email: world.faults.writesFlagsAsText ? 'true' : true }),
  };
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (value === null || value === '') throw new Refusal('invalid_request', `${name} is missing`);
  return value;
}
