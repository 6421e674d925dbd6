/**
 * A vault in one page: it opens with what passkeys answered or with the recovery code, and looks after
 * its ways in whenever it is open.
 *
 * Guarantees: every change is one atomic write of the whole next state, decided on the state that it
 * replaces; whoever loses a race looks again and decides anew. Data is written only if a way in counts.
 * Keys stay in memory until `lock`, and none of them can be read out.
 */
import {
  type Content,
  decryptContent,
  deriveApplicationKey,
  encryptContent,
  type KeyWanted,
  newContent,
} from './data.ts';
import { type Held, heldOf, keyBehind, newEnvelope, withLater } from './held.ts';
import { type KeptKeys, keepKeys } from './kept-keys.ts';
import { type Keys, newKeys, wipe } from './keys.ts';
import { type Evaluation, type Lock, passkeyLock, recoveryLock, type WayIn } from './lock.ts';
import { lookAfter, rekeyed } from './look-after.ts';
import { driftOf, sameWay } from './next-envelopes.ts';
import { readRecoveryCode } from './recovery-code.ts';
import { refusal } from './refusal.ts';
import {
  applied,
  type EnvelopeChange,
  unchanged,
  type VaultChange,
  type VaultState,
} from './state.ts';
import { VaultProblem } from './vault-problem.ts';
import { counts, isWorthless } from './ways-in.ts';

export interface VaultServer {
  read(): Promise<VaultState>;
  /** Resolves to the next revision, or to null if somebody else wrote first. */
  write(change: VaultChange): Promise<number | null>;
  /** A passkey answered otherwise than it used to. */
  reportChange(way: Lock['way']): Promise<void>;
}

/** How two values become one: what it was when both began, what the other wrote, what we write. */
export type Merge = (values: { base: unknown; theirs: unknown; ours: unknown }) => unknown;

interface Opened {
  readonly keys: KeptKeys;
  readonly state: VaultState;
  /** Null as long as nothing was ever written. */
  readonly content: Content | null;
}

/** What a change makes of the vault; what it does not name stays. */
interface Wanted {
  readonly envelopes?: readonly EnvelopeChange[];
  readonly content?: Content;
  /** Without them the data key stays. */
  readonly keys?: Keys;
}

/** Somebody always wins a race; who has lost so many in a row is told. */
const mostAttempts = 8;

/** Nobody evaluates a salt that is retired, nor uses a passkey that was deleted. */
const isTaken = ({ saltIds, credentialIds }: VaultState, way: WayIn): boolean =>
  way.kind === 'passkey' &&
  saltIds.includes(way.saltId) &&
  credentialIds.includes(way.credentialId);

export type Vault = ReturnType<typeof vaultOf>;

/** The vault of an account (its user handle, base64url). One thing is done at a time. */
export function vaultOf(account: string, server: VaultServer, now: () => number = Date.now) {
  let held: readonly Held[] = [];
  let opened: Opened | null = null;
  /** Counts up with every `lock`, so that what was begun before it changes nothing after it. */
  let lockings = 0;
  let last: Promise<unknown> = Promise.resolve();

  function inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const locked = lockings;
    const turn = last.then(() => {
      if (locked !== lockings) throw new VaultProblem('vault_locked');
      return task();
    });
    last = turn.catch(() => {});
    return turn;
  }

  /** Nothing that waited for an answer goes on with keys that were given up meanwhile. */
  function guarded<Args extends unknown[], Result>(run: (...args: Args) => Promise<Result>) {
    return async (...args: Args): Promise<Result> => {
      const locked = lockings;
      const result = await run(...args);
      if (locked !== lockings) throw new VaultProblem('vault_locked');
      return result;
    };
  }

  const readState = guarded(() => server.read());
  const place = () => ({ account, held, now: now() });

  const enter = guarded(
    async (state: VaultState, locks: readonly Held[]): Promise<Opened | null> => {
      for (const each of locks) {
        const found = await keyBehind(account, each, state.envelopes);
        if (found === null) continue;
        const content = await contentOf(account, state, found.keys);
        return { keys: await keepKeys(found.keys), state, content };
      }
      return null;
    },
  );

  /** Goes on with the data key of before, or with the one that somebody has put in its place. */
  const resume = guarded(async ({ keys }: Opened, state: VaultState): Promise<Opened | null> => {
    if (state.data === undefined) return enter(state, held);
    try {
      const content = await decryptContent(account, (await keys.recall()).data, state.data);
      return { keys, state, content };
    } catch {
      return enter(state, held);
    }
  });

  async function openWith(locks: readonly Lock[]): Promise<void> {
    held = withLater(held, locks);
    const state = await readState();
    for (const { way } of locks) {
      // It is worth an entry in the account's history, but no reason to keep the owner waiting.
      if (driftOf(state.envelopes, way) === 'changed') server.reportChange(way).catch(() => {});
    }
    // The latest first, because it is the one that is looked after if it fits.
    opened = await enter(state, held.toReversed());
    if (opened === null) throw refusal(state, locks);
    // The vault is open; what could not be put in order now will be the next time.
    await tidy().catch(() => {});
    requireOpen();
  }

  async function create(): Promise<void> {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const state = await readState();
      const makers = held.filter(({ lock }) => isTaken(state, lock.way));
      if (makers.length === 0) throw new VaultProblem('vault_no_answer');
      opened = await enter(state, held);
      if (opened !== null) return tidy();
      if (!isWorthless(state))
        throw refusal(
          state,
          makers.map(({ lock }) => lock),
        );
      const made = newKeys();
      const envelopes = await Promise.all(makers.map((each) => newEnvelope(account, each, made)));
      const keys = await keepKeys(made);
      const change = { revision: state.revision, envelopes };
      const revision = await guarded(() => server.write(change))();
      if (revision === null) continue;
      opened = { keys, state: applied(state, change, revision, now()), content: null };
      return;
    }
    throw new VaultProblem('vault_conflict');
  }

  /**
   * Writes what `next` makes of the vault, anew for as long as others write first. It gets the keys, which may
   * be others every time; null says that there is nothing to be done.
   */
  async function update(
    next: (current: Opened, keys: Keys) => Promise<Wanted | null>,
  ): Promise<void> {
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      const current = requireOpen();
      const recalled = await current.keys.recall();
      const wanted = await guarded(next)(current, recalled);
      if (wanted === null) return wipe(recalled);
      const { change, content } = await changeOf(account, current, wanted, recalled);
      const keys = wanted.keys === undefined ? current.keys : await keepKeys(wanted.keys);
      wipe(recalled);
      const revision = await guarded(() => server.write(change))();
      if (revision !== null) {
        opened = { keys, content, state: applied(current.state, change, revision, now()) };
        return;
      }
      opened = await resume(current, await readState());
      if (opened === null) throw new VaultProblem('vault_locked');
    }
    throw new VaultProblem('vault_conflict');
  }

  function tidy(): Promise<void> {
    return update(async ({ state }, keys) => {
      const { envelopes, isNews } = await lookAfter(place(), state, keys);
      if (state.rotationDue) return rekeyed(place(), envelopes, keys);
      return isNews ? { envelopes } : null;
    });
  }

  async function write(value: unknown, merge?: Merge): Promise<void> {
    const base = requireOpen().content;
    await update(async ({ state, content }, keys) => {
      const { envelopes } = await lookAfter(place(), state, keys);
      if (!state.envelopes.some(counts) && !envelopes.some(({ opened }) => opened)) {
        throw new VaultProblem('vault_unconfirmed');
      }
      const theirs = content?.value ?? null;
      const before = base?.value ?? null;
      if (isSame(theirs, before)) return { envelopes, content: holding(content, value) };
      if (isSame(theirs, value)) return null;
      if (merge === undefined) throw new VaultProblem('vault_conflict');
      const merged = merge({ base: before, theirs, ours: value });
      return { envelopes, content: holding(content, merged) };
    });
  }

  async function addRecoveryCode(code: string): Promise<void> {
    const maker = heldOf(await recoveryLock(account, code));
    await update(async ({ state }, keys) => {
      if (sameWay(state.envelopes, maker.lock.way)) return null;
      // Those that nobody has confirmed were perhaps never seen; the one that counts stays until then.
      const settled = state.envelopes.filter((each) => each.kind === 'passkey' || counts(each));
      const kept = { ...state, envelopes: settled };
      const { envelopes } = await lookAfter(place(), kept, keys);
      return { envelopes: [...envelopes, await newEnvelope(account, maker, keys)] };
    });
  }

  function requireOpen(): Opened {
    if (opened === null) throw new VaultProblem('vault_locked');
    return opened;
  }

  return {
    /** Takes what passkeys answered and opens the vault with it. @throws {VaultProblem} why it does not */
    open: (evaluations: readonly Evaluation[]): Promise<void> =>
      inTurn(async () =>
        openWith(await Promise.all(evaluations.map((each) => passkeyLock(account, each)))),
      ),

    openWithRecoveryCode: (typed: string): Promise<void> =>
      inTurn(async () => {
        const code = readable(typed);
        const before = held;
        try {
          await openWith([await recoveryLock(account, code)]);
        } catch (error) {
          held = before;
          throw error;
        }
      }),

    /** Makes a vault for the passkeys that have answered; one that was made meanwhile is opened. */
    create: (): Promise<void> => inTurn(create),

    /** What was last written; null as long as nothing was. */
    read: (): unknown => requireOpen().content?.value ?? null,

    /** Writes a value; if somebody else wrote one meanwhile, `merge` makes one of both. */
    write: (value: unknown, merge?: Merge): Promise<void> => inTurn(() => write(value, merge)),

    /** See `deriveApplicationKey`. */
    deriveKey: (name: string, wanted?: KeyWanted): Promise<CryptoKey> =>
      inTurn(async () => {
        if (requireOpen().content === null) await write(null, ({ theirs }) => theirs);
        const { content } = requireOpen();
        if (content === null) throw new VaultProblem('vault_locked');
        return deriveApplicationKey(account, content, name, wanted);
      }),

    /**
     * Gives a recovery code an envelope. The code before is good until somebody has shown, with
     * `openWithRecoveryCode`, that this one was kept.
     */
    addRecoveryCode: (typed: string): Promise<void> =>
      inTurn(() => addRecoveryCode(readable(typed))),

    /** Changes the data key: whoever held it until now can't read what is written from now on. */
    rotate: (): Promise<void> =>
      inTurn(() =>
        update(async ({ state }, keys) => {
          const { envelopes } = await lookAfter(place(), state, keys);
          return rekeyed(place(), envelopes, keys);
        }),
      ),

    lock(): void {
      lockings++;
      held = [];
      opened = null;
    },

    isOpen: (): boolean => opened !== null,

    /** What was last seen of it, while it is open. */
    state: (): VaultState | null => opened?.state ?? null,
  };
}

async function contentOf(
  account: string,
  { data }: VaultState,
  keys: Keys,
): Promise<Content | null> {
  if (data === undefined) return null;
  try {
    return await decryptContent(account, keys.data, data);
  } catch (error) {
    throw new VaultProblem('vault_damaged', error);
  }
}

/** The write that brings a vault from what it is to what is wanted. */
async function changeOf(
  account: string,
  { state, content }: Opened,
  wanted: Wanted,
  keys: Keys,
): Promise<{ change: VaultChange; content: Content | null }> {
  const next = wanted.content ?? content;
  const isSame = wanted.content === undefined && wanted.keys === undefined;
  const change = {
    revision: state.revision,
    envelopes: wanted.envelopes ?? state.envelopes.map(unchanged),
  };
  if (next === null || isSame) return { change, content: next };
  const data = await encryptContent(account, (wanted.keys ?? keys).data, next);
  return { change: { ...change, data }, content: next };
}

const holding = (content: Content | null, value: unknown): Content => ({
  ...(content ?? newContent()),
  value,
});

/** Values are JSON, and what was read keeps the order of its members. */
const isSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

function readable(typed: string): string {
  const code = readRecoveryCode(typed);
  if (code === null) throw new VaultProblem('vault_code_mistyped');
  return code;
}
