/**
 * The vault of the account that is signed in: data that only its passkeys and its recovery code open.
 *
 * Guarantees: what a passkey answered in this page, or in the one before, is used before anybody is asked;
 * keys stay in memory until `lock`, which locks the vault in every tab.
 */
import { newRecoveryCode, readRecoveryCode, recoveryVerifier } from '../vault/recovery-code.ts';
import type { Vault } from '../vault/vault.ts';
import { type VaultCode, VaultProblem } from '../vault/vault-problem.ts';
import { waysIn } from '../vault/ways-in.ts';
import type { AccountVault, ForVault } from './account-vault.ts';
import { authenticate } from './authenticate.ts';
import { type CallOptions, call } from './call.ts';
import { forgetHandOver, handOver, takeHandOver } from './hand-over.ts';
import { modal } from './modal.ts';
import { pageOwner } from './page-owner.ts';
import {
  type Answers,
  hasAnswers,
  keepAnswers,
  type Outcome,
  onAnswers,
  takeAnswers,
} from './prf-answers.ts';
import { send } from './send.ts';
import type { User } from './types.ts';
import { vaultServer } from './vault-server.ts';

/** What is told about a vault that can't be opened with what passkeys answered. */
const refusals: Readonly<Record<Exclude<Outcome, 'answered'>, VaultCode>> = {
  later: 'vault_no_answer',
  none: 'vault_no_answer',
  unverified: 'vault_not_verified',
  malformed: 'vault_answer_malformed',
};

/** The vault of one account; the cryptography behind it comes only to those who have one. */
interface Mine {
  account: string;
  vault: Vault;
}

let current: { account: string; mine: Promise<Mine> } | undefined;
/** The same, once it is there. */
let loaded: Mine | undefined;
const listeners = new Set<(isOpen: boolean) => void>();
const tabs =
  typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('latchkey-vault');
tabs?.addEventListener('message', () => forget());
// A page that the browser keeps to show it again may be shown to another person, or long after.
globalThis.addEventListener?.('pagehide', ({ persisted }) => {
  if (persisted) forget();
});

async function mine(): Promise<Mine> {
  const account = pageOwner() ?? (await send<{ user: User }>('GET', '/api/session')).user.id;
  if (current?.account !== account) {
    lockHere();
    current = { account, mine: load(account) };
  }
  return current.mine;
}

async function load(account: string): Promise<Mine> {
  const { vaultOf } = await import('../vault/vault.ts');
  const mine = { account, vault: vaultOf(account, vaultServer) };
  if (current?.account === account) loaded = mine;
  return mine;
}

const recalls = new Map<string, Promise<void>>();

/** Takes over what the page before has left for this account: once, because nobody else leaves anything. */
function recall(account: string): Promise<void> {
  const taken = recalls.get(account) ?? takeHandOver(account).then(keepAnswers);
  recalls.set(account, taken);
  return taken;
}

/** What was answered for this account, here or on the page before. */
async function answersFor(account: string): Promise<Answers[]> {
  await recall(account);
  return takeAnswers().filter((each) => each.account === account);
}

let isAsking = false;

/** Asks a passkey of the account, with one prompt. */
async function ask(account: string, { onStepUp }: CallOptions): Promise<Answers[]> {
  onStepUp?.(true);
  isAsking = true;
  try {
    await modal.run(async () =>
      authenticate(await send('POST', '/api/authentication/options', { purpose: 'vault' })),
    );
  } finally {
    isAsking = false;
  }
  onStepUp?.(false);
  return answersFor(account);
}

/** A passkey was made or used on this page for another reason: if the vault is open, it opens it from now on. */
onAnswers(() => {
  if (isAsking || !loaded?.vault.isOpen()) return;
  // It tells of itself if it can't, the next time that it should open the vault.
  vault.open({ prompt: 'never' }).catch(() => {});
});

/** @throws {VaultProblem} why there is none that may be used */
function evaluationsOf(answers: readonly Answers[]) {
  const evaluations = answers.flatMap((each) => each.evaluations);
  const { outcome = 'none' } = answers.at(-1) ?? {};
  if (!evaluations.length) throw new VaultProblem(refusals[outcome as keyof typeof refusals]);
  return evaluations;
}

function lockHere(): void {
  const wasOpen = loaded?.vault.isOpen();
  loaded?.vault.lock();
  loaded = current = undefined;
  if (wasOpen) tell();
}

/** Locks the vault in this page, and drops what passkeys answered for it. */
function forget(): void {
  takeAnswers();
  lockHere();
}

function tell(): void {
  for (const listener of listeners) listener(loaded?.vault.isOpen() ?? false);
}

/** By its name, because the script with the cryptography has a class of its own. */
function isVaultProblem(error: unknown): error is VaultProblem {
  return error instanceof Error && error.name === 'VaultProblem';
}

/** Gives a code its envelope, if there is a vault that can be opened now. */
async function addToVault(code: string, options: CallOptions): Promise<ForVault> {
  try {
    const { isOpen, exists } = await vault.status();
    if (exists === false) return 'missing';
    if (!isOpen) await vault.open(options);
    await (await mine()).vault.addRecoveryCode(code);
    return 'opened';
  } catch (error) {
    // Without the vault the code still gives the account back.
    if (!isVaultProblem(error)) throw error;
    return error.code === 'vault_missing' ? 'missing' : 'closed';
  }
}

export const vault: AccountVault = {
  async status() {
    const state = loaded?.vault.state() ?? (await vaultServer.glance());
    return {
      isOpen: loaded?.vault.isOpen() ?? false,
      exists: state?.exists ?? null,
      waysIn: state && waysIn(state.envelopes),
      rotationDue: state?.rotationDue ?? false,
    };
  },

  async open({ prompt = 'if-needed', ...options } = {}) {
    const { account, vault: opened } = await mine();
    const answers = prompt === 'always' ? [] : await answersFor(account);
    const usable = answers.some(({ evaluations }) => evaluations.length) || prompt === 'never';
    await opened.open(evaluationsOf(usable ? answers : await ask(account, options)));
    tell();
  },

  async create(options) {
    const { vault: made } = await mine();
    try {
      await vault.open(options);
    } catch (error) {
      if (!isVaultProblem(error) || error.code !== 'vault_missing') throw error;
      await made.create();
      tell();
    }
  },

  read: async () => (await mine()).vault.read(),

  write: async (value, merge) => (await mine()).vault.write(value, merge),

  deriveKey: async (label, wanted) => (await mine()).vault.deriveKey(label, wanted),

  lock() {
    forget();
    void forgetHandOver();
    tabs?.postMessage('lock');
  },

  async createRecoveryCode() {
    const code = newRecoveryCode();
    await (await mine()).vault.addRecoveryCode(code);
    return code;
  },

  async keepRecoveryCode(code, options = {}) {
    const readable = readRecoveryCode(code);
    if (readable === null) throw new VaultProblem('vault_code_mistyped');
    const forVault = await addToVault(code, options);
    const verifier = await recoveryVerifier(readable);
    await call('PUT', '/api/recovery/code', { verifier }, options);
    if (forVault === 'opened') await vault.openWithRecoveryCode(code);
    return forVault;
  },

  async openWithRecoveryCode(code) {
    await (await mine()).vault.openWithRecoveryCode(code);
    tell();
  },

  rotate: async () => (await mine()).vault.rotate(),

  async remove() {
    await vaultServer.remove();
    vault.lock();
  },

  handOver,

  async hasAnswers() {
    const account = pageOwner();
    if (account !== undefined) await recall(account);
    return hasAnswers();
  },

  onChange(listener) {
    listeners.add(listener);
  },
};
