/**
 * A server made of paper, for tests: it keeps the rules of the real one (`server/vault`), and calls to it
 * can be held back, or lost before or after they took effect. And people with passkeys, whose answers are
 * derived from a text, so that a test can say what device would answer what.
 */
import { frame, fromBase64Url, toBase64Url, utf8 } from './bytes.ts';
import { importSecret } from './hkdf.ts';
import { type Evaluation, saltId } from './lock.ts';
import { applied, type Envelope, type VaultState } from './state.ts';
import { type VaultServer, vaultOf } from './vault.ts';
import { counts } from './ways-in.ts';

export const account = toBase64Url(utf8('a user handle of 32 bytes length'));
const rpId = 'example.com';

const hash = async (text: string) =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text)));

export const saltOf = async (name: string): Promise<string> => toBase64Url(await hash(name));
export const idOf = (passkey: string): string => toBase64Url(utf8(`id of ${passkey}`));

/** What a device answers with a passkey to a salt; `device` tells apart devices that answer differently. */
export async function evaluate(passkey: string, salt: string, device = ''): Promise<Evaluation> {
  const answered = frame(utf8(passkey), utf8(device), fromBase64Url(salt));
  const output = await crypto.subtle.digest('SHA-256', answered);
  return { rpId, credentialId: idOf(passkey), salt, output: await importSecret(output) };
}

/** What becomes of a call: it may be lost on the way there, or its answer on the way back. */
export type Fate = 'answered' | 'lost' | 'answer lost';

export class PaperServer {
  salts: { current: string; next: string | null };
  readonly reported: string[] = [];
  /** Asked for every call, before it takes effect; may wait. */
  fate: (call: string) => Promise<Fate> = async () => 'answered';
  /** Hears of every state that there was. */
  onChange: (state: VaultState) => void = () => {};
  time = Date.parse('2026-01-01');
  #state: VaultState;
  /** Revisions go on after a vault is gone: none of the one before may fit the next. */
  #last = 0;

  private constructor(current: string, saltIds: string[], passkeys: readonly string[]) {
    this.salts = { current, next: null };
    this.#state = { ...nothing, saltIds, credentialIds: passkeys.map(idOf) };
  }

  get state(): VaultState {
    return this.#state;
  }

  set state(next: VaultState) {
    this.#state = next;
    this.onChange(next);
  }

  static async start(...passkeys: readonly string[]): Promise<PaperServer> {
    const salt = await saltOf('first salt');
    return new PaperServer(salt, [await saltId(salt)], passkeys);
  }

  /** A page of this account. */
  page() {
    return vaultOf(account, this.#calls(), () => this.time);
  }

  /** What a ceremony gives now: one evaluation, or two during a rotation of the salt. */
  async answers(passkey: string, device?: string): Promise<Evaluation[]> {
    const salts = [this.salts.current, this.salts.next].filter((salt) => salt !== null);
    return Promise.all(salts.map((salt) => evaluate(passkey, salt, device)));
  }

  #calls(): VaultServer {
    const call = async <Result>(name: string, effect: () => Result): Promise<Result> => {
      const fate = await this.fate(name);
      if (fate === 'lost') throw new Error('lost');
      const result = effect();
      if (fate === 'answer lost') throw new Error('answer lost');
      return result;
    };
    return {
      read: () => call('read', () => this.state),
      write: (change) => call('write', () => this.#write(change)),
      reportChange: (way) => call('report', () => void this.reported.push(way.fingerprint)),
    };
  }

  #write(change: Parameters<VaultServer['write']>[0]): number | null {
    const { revision, saltIds, credentialIds } = this.state;
    if (change.revision !== revision) return null;
    for (const each of change.envelopes) {
      const isNew = !this.state.envelopes.some(({ id }) => id === each.id);
      if (isNew && each.opened) throw new Error('a new envelope has not opened the vault yet');
      if (!isNew || each.kind === 'recovery') continue;
      if (!saltIds.includes(each.saltId) || !credentialIds.includes(each.credentialId)) return null;
    }
    const next = applied(this.state, change, this.#last + 1, this.time++);
    this.#requireWayIn(next.envelopes);
    this.state = next;
    return ++this.#last;
  }

  /** There is always an envelope, and always one that counts once there was one. */
  #requireWayIn(next: readonly Envelope[]): void {
    const counted = this.state.envelopes.some(counts) && !next.some(counts);
    if (next.length === 0 || counted) throw new Error('last_envelope');
  }

  deletePasskey(passkey: string): void {
    const id = idOf(passkey);
    const credentialIds = this.state.credentialIds.filter((each) => each !== id);
    const { envelopes, data } = this.state;
    const kept = envelopes.filter((each) => each.kind !== 'passkey' || each.credentialId !== id);
    const changed = { ...this.state, credentialIds };
    if (kept.length === envelopes.length) {
      this.state = changed;
    } else if (data === undefined && kept.length === 0) {
      this.state = { ...changed, ...nothing };
    } else {
      this.#requireWayIn(kept);
      this.state = { ...changed, envelopes: kept, revision: ++this.#last, rotationDue: true };
    }
  }

  addPasskey(passkey: string): void {
    const credentialIds = [...new Set([...this.state.credentialIds, idOf(passkey)])];
    this.state = { ...this.state, credentialIds };
  }

  async beginSaltRotation(name: string): Promise<void> {
    const next = await saltOf(name);
    const id = await saltId(next);
    this.salts = { ...this.salts, next };
    this.state = { ...this.state, saltIds: [...this.state.saltIds, id] };
  }

  /** False if it would orphan the vault. */
  async finishSaltRotation(): Promise<boolean> {
    const { current, next } = this.salts;
    if (next === null) return false;
    const [old, saltIds] = [await saltId(current), [await saltId(next)]];
    const { envelopes } = this.state;
    const kept = envelopes.filter((each) => each.kind !== 'passkey' || each.saltId !== old);
    if (this.state.data !== undefined && !kept.some(counts)) return false;
    this.salts = { current: next, next: null };
    if (kept.length === 0) this.state = { ...this.state, ...nothing, saltIds };
    else if (kept.length === envelopes.length) this.state = { ...this.state, saltIds };
    else this.state = { ...this.state, envelopes: kept, revision: ++this.#last, saltIds };
    return true;
  }
}

const nothing = {
  exists: false,
  revision: 0,
  envelopes: [],
  rotationDue: false,
} as const;
