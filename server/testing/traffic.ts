import { RpError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import {
  at,
  attestation,
  newCredential,
  newNonce,
  newSession,
  newUser,
  signInEvidence,
  use,
} from './records.ts';

export type SignUp = Parameters<Store['completeSignUp']>[0];
export type SignIn = Parameters<Store['completeSignIn']>[0];

export function newSignUp(): SignUp {
  const user = newUser();
  const credential = newCredential(user.id);
  return {
    nonce: newNonce(),
    user,
    usernameKey: user.username,
    credential,
    attestation,
    session: newSession(user.id, { credentialId: credential.id }),
    replaces: null,
    audit: [],
  };
}

export function newSignIn(
  { user, credential }: SignUp,
  replaces: SignIn['replaces'] = null,
): SignIn {
  const session = newSession(user.id, { credentialId: credential.id });
  return {
    nonce: newNonce(),
    use: use(credential),
    session,
    replaces,
    clears: [],
    audit: [
      {
        at,
        kind: 'signed-in',
        userId: user.id,
        credentialId: credential.id,
        sessionId: session.id,
        evidence: signInEvidence,
      },
    ],
  };
}

export interface Traffic {
  readonly attempted: readonly SignIn[];
  /** Those that the store completed. */
  readonly acknowledged: readonly SignIn[];
  /** How many were refused, by error code. */
  readonly refused: ReadonlyMap<string, number>;
  /** Waits for the sign-ins that are under way. */
  stop(): Promise<void>;
}

/** Starts clients that sign in again and again; every second sign-in replaces the session before it. */
export async function startTraffic(store: Store, inFlight = 16): Promise<Traffic> {
  const attempted: SignIn[] = [];
  const acknowledged: SignIn[] = [];
  const refused = new Map<string, number>();
  const accounts = Array.from({ length: inFlight }, newSignUp);
  await Promise.all(accounts.map((account) => store.completeSignUp(account)));
  let stopped = false;

  async function client(account: SignUp): Promise<void> {
    for (let last: SignIn | undefined; !stopped; ) {
      const signIn = newSignIn(account, last?.replaces === null ? last.session : null);
      attempted.push(signIn);
      try {
        await store.completeSignIn(signIn);
        acknowledged.push(signIn);
        last = signIn;
      } catch (error) {
        const code = error instanceof RpError ? error.code : String(error);
        refused.set(code, (refused.get(code) ?? 0) + 1);
        // People wait a moment before they try again.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  const clients = accounts.map(client);
  return {
    attempted,
    acknowledged,
    refused,
    async stop() {
      stopped = true;
      await Promise.all(clients);
    },
  };
}

export interface Findings {
  /** Acknowledged sign-ins without an audit entry. */
  readonly lost: number;
  /** Sign-ins with an audit entry but without a session, or the other way round. */
  readonly half: number;
  /** Sign-ins with more than one audit entry. */
  readonly twice: number;
  /** Completed sign-ins whose nonce can be spent again. */
  readonly spendable: number;
  /** Sign-ins with an audit entry, acknowledged or not. */
  readonly kept: number;
}

/** Compares what was attempted with what the store holds. */
export async function examine(
  store: Store,
  { attempted, acknowledged }: Traffic,
): Promise<Findings> {
  const noted: (string | null)[] = [];
  for (const userId of new Set(attempted.map(({ session }) => session.userId))) {
    noted.push(
      ...(await store.listAudit(userId, { limit: 1_000_000 })).entries.map(
        ({ sessionId }) => sessionId,
      ),
    );
  }
  const kept = new Set(noted);
  const done = attempted.filter(({ session }) => kept.has(session.id));
  const replaced = new Set(done.map(({ replaces }) => replaces?.id));
  const half = await count(attempted, async ({ session }) => {
    const open = (await store.findSession(session.tokenHash, at)) !== null;
    return open !== (kept.has(session.id) && !replaced.has(session.id));
  });
  const spendable = await count(done, async (signIn) => {
    const again = { ...signIn, session: newSession(signIn.session.userId), audit: [] };
    const refusal = await store.completeSignIn(again).catch((error: RpError) => error.code);
    return refusal !== 'challenge_invalid';
  });
  return {
    lost: acknowledged.filter(({ session }) => !kept.has(session.id)).length,
    half,
    twice: noted.length - kept.size,
    spendable,
    kept: kept.size,
  };
}

async function count(
  all: readonly SignIn[],
  predicate: (each: SignIn) => Promise<boolean>,
): Promise<number> {
  let found = 0;
  for (let first = 0; first < all.length; first += 100) {
    const answers = await Promise.all(all.slice(first, first + 100).map(predicate));
    found += answers.filter(Boolean).length;
  }
  return found;
}
