import { toBase64Url } from '../base64url.ts';
import { RpError } from '../errors.ts';
import { normalizeUsername, usernameKeys } from '../policy/username.ts';
import type { Invitation } from '../records/invitation.ts';
import { newLinkToken } from '../records/link-token.ts';
import { type Administration, actOf } from './administration.ts';
import { isoTime } from './facts.ts';
import { RefusedAct } from './refusal.ts';

export interface InvitationFacts extends Pick<Invitation, 'id' | 'username'> {
  readonly expiresAt: string;
}

export interface InvitationMade extends InvitationFacts {
  /** What its person opens; it is told only here, and only its hash is kept. */
  readonly link: string;
}

/**
 * Whoever opens the link may open one account, whatever `SIGN_UP` says.
 *
 * @throws {RefusedAct} `name_unusable`, `name_taken`
 */
export async function inviteAccount(
  deps: Administration,
  { name, minutes }: { name: string | undefined; minutes: number },
): Promise<InvitationMade> {
  const { config, now, operator, random, store } = deps;
  const username = name === undefined ? null : await freeName(deps, name);
  const { token, tokenHash } = newLinkToken(random);
  const expiresAt = now() + minutes * 60_000;
  const invitation = { id: toBase64Url(random(12)), tokenHash, username, expiresAt, operator };
  const isNamed = username !== null;
  await store.offerInvitation(invitation, {
    ...{ ...actOf(deps), kind: 'account-invited' },
    evidence: { invitation: invitation.id, isNamed, expiresAt },
  });
  // Behind `#`, so that no server and no referrer sees it.
  const link = `${config.origin}/invite#${token}`;
  return { ...factsOf(invitation), link };
}

/** @returns those that are still good, the first to expire first; `next` is null on the last page */
export async function listInvitations(
  { now, store }: Pick<Administration, 'now' | 'store'>,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<{
  readonly invitations: readonly (InvitationFacts & { readonly operator: string })[];
  readonly next: string | null;
}> {
  const page = { now: now(), limit, ...(after !== undefined && { after }) };
  const { invitations, next } = await store.listInvitations(page);
  const shown = invitations.map((each) => ({ ...factsOf(each), operator: each.operator }));
  return { invitations: shown, next };
}

/**
 * From then on the link opens no account, and says so.
 *
 * @throws {RefusedAct} `invitation_unknown` (also if it was used, has expired, or was revoked already)
 */
export async function revokeInvitation(
  deps: Administration,
  id: string,
): Promise<{ readonly revoked: string }> {
  const by = { ...actOf(deps), kind: 'invitation-revoked', evidence: { invitation: id } } as const;
  try {
    await deps.store.revokeInvitation(id, deps.now(), by);
  } catch (error) {
    if (!(error instanceof RpError) || error.code !== 'not_found') throw error;
    throw new RefusedAct({ code: 'invitation_unknown', invitation: id });
  }
  return { revoked: id };
}

const factsOf = ({ id, username, expiresAt }: Invitation): InvitationFacts => ({
  ...{ id, username, expiresAt: isoTime(expiresAt) },
});

async function freeName({ store }: Administration, name: string): Promise<string> {
  const username = normalizeUsername(name);
  if (username === null) throw new RefusedAct({ code: 'name_unusable', account: name });
  if ((await store.findUserByName(...usernameKeys(username))) !== null) {
    throw new RefusedAct({ code: 'name_taken', account: name });
  }
  return username;
}
