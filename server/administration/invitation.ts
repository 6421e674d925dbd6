import { toBase64Url } from '../base64url.ts';
import { normalizeUsername, usernameKeys } from '../policy/username.ts';
import { newLinkToken } from '../records/link-token.ts';
import type { Administration } from './administration.ts';
import { isoTime } from './facts.ts';
import { RefusedAct } from './refusal.ts';

export interface InvitationFacts {
  /** The user name that the account gets; null if whoever opens it chooses. */
  readonly username: string | null;
  /** What its person opens; it is told only here, and only its hash is kept. */
  readonly link: string;
  readonly expiresAt: string;
}

/**
 * Whoever opens the link may open one account, whatever `SIGN_UP` says.
 *
 * @throws {RefusedAct} `name_unusable`, `name_taken`
 */
export async function inviteAccount(
  deps: Administration,
  { name, minutes }: { name: string | undefined; minutes: number },
): Promise<InvitationFacts> {
  const { config, now, operator, random, store } = deps;
  const username = name === undefined ? null : await freeName(deps, name);
  const { token, tokenHash } = newLinkToken(random);
  const expiresAt = now() + minutes * 60_000;
  await store.offerInvitation(
    { tokenHash, username, expiresAt, operator },
    {
      ...{ id: toBase64Url(random(16)), at: now(), operator, kind: 'account-invited' },
      evidence: { isNamed: username !== null, expiresAt },
    },
  );
  // Behind `#`, so that no server and no referrer sees it.
  const link = `${config.origin}/invite#${token}`;
  return { username, link, expiresAt: isoTime(expiresAt) };
}

async function freeName({ store }: Administration, name: string): Promise<string> {
  const username = normalizeUsername(name);
  if (username === null) throw new RefusedAct({ code: 'name_unusable', account: name });
  if ((await store.findUserByName(...usernameKeys(username))) !== null) {
    throw new RefusedAct({ code: 'name_taken', account: name });
  }
  return username;
}
