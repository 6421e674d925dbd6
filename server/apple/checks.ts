/**
 * Whether people still let us in: Apple is asked about each refresh token, once a day at most, by whichever node
 * comes first.
 *
 * A token that Apple takes no longer may have ended by a new password, or because its owner withdrew the consent:
 * it only ends the sessions that Apple opened. The link stays: who can sign in at Apple is its owner still.
 */
import type { Deps } from '../deps.ts';
import type { StoredToken } from '../records/apple.ts';
import { isSealedToday, openStored, sealStored } from '../seal/box.ts';
import type { DueAppleCheck } from '../store/apple.ts';
import type { Apple } from './apple.ts';
import { tokenPurpose } from './revocation.ts';

const dayMs = 86_400_000;
/** Spread over some hours, so that those who signed in together are not asked about together. */
const jitterMs = dayMs / 4;

export function firstCheckAt({ random }: Pick<Deps, 'random'>, at: number): number {
  const [high = 0, low = 0] = random(2);
  return at + dayMs + Math.floor(((high * 256 + low) / 65_536) * jitterMs);
}

type Given = Pick<Deps, 'keys' | 'log' | 'now' | 'random' | 'store'> & {
  readonly apple: Pick<Apple, 'refresh'>;
};

const everyMs = 60_000;

/** Checks what is due again and again, until it is closed. */
export function startChecks(deps: Given): { close(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  let isRunning = false;
  const timer = setInterval(() => {
    if (isRunning) return;
    isRunning = true;
    running = checkSome(deps)
      .catch((error: unknown) => deps.log.warn({ err: error }, 'links with Apple were not checked'))
      .finally(() => {
        isRunning = false;
      });
  }, everyMs);
  return {
    close: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** Checks some of the links that are due; resolves to how many. */
export async function checkSome(deps: Given): Promise<number> {
  const takenAt = deps.now();
  // Taken for a day: should this process end now, they are asked about tomorrow, and not twice today.
  const due = await deps.store.takeAppleChecks(takenAt, takenAt + dayMs);
  for (const link of due) await check(deps, link, takenAt);
  return due.length;
}

async function check(deps: Given, link: DueAppleCheck, takenAt: number): Promise<void> {
  const { team, sub, userId, tokens } = link;
  const gone: string[] = [];
  let isValid = false;
  try {
    for (const token of tokens) {
      isValid = await isTaken(deps, token);
      if (isValid) break;
      gone.push(token.id);
    }
  } catch (error) {
    // Nothing is known, and nothing ends: neither an outage nor our mistake is the person's.
    deps.log.debug({ err: error }, 'a link with Apple could not be checked');
    isValid = true;
  }
  const left = tokens.filter(({ id }) => !gone.includes(id));
  const at = deps.now();
  await deps.store.noteAppleCheck({
    ...{ team, sub, userId, takenAt, gone, isValid },
    dueAt: firstCheckAt(deps, at),
    resealed: left.flatMap((token) => sealAgain(deps, token)),
    audit: [
      {
        ...{ at, kind: 'apple-tokens-expired', userId, credentialId: null, sessionId: null },
        evidence: { by: 'apple' },
      },
    ],
  });
}

/** @throws {Error} if that could not be found out */
async function isTaken(
  { apple, keys }: Given,
  { clientId, sealed }: StoredToken,
): Promise<boolean> {
  const refreshToken = openStored({ keys }, tokenPurpose(clientId), sealed);
  if (refreshToken === null) throw new Error('the token can not be opened');
  return (await apple.refresh({ refreshToken, clientId })) === 'valid';
}

/** After `SECRET` was rotated, so that the old one can be taken off the list once everybody was checked. */
function sealAgain(deps: Given, token: StoredToken): StoredToken[] {
  if (isSealedToday(deps, token.sealed)) return [];
  const purpose = tokenPurpose(token.clientId);
  const text = openStored(deps, purpose, token.sealed);
  return text === null ? [] : [{ ...token, sealed: sealStored(deps, purpose, text) }];
}
