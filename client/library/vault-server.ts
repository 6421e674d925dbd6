import type { VaultState } from '../vault/state.ts';
import type { VaultServer } from '../vault/vault.ts';
import { call } from './call.ts';
import { Problem } from './problem.ts';
import { send } from './send.ts';

const PATH = '/api/vault';

const none: VaultState = {
  ...{ exists: false, revision: 0, envelopes: [], rotationDue: false },
  ...{ saltIds: [], credentialIds: [] },
};

/** What the page brought of it, until it is read. */
let expected: VaultState | null = null;

/** The server's half of a vault. If the person has to confirm first, a prompt comes and the call goes on. */
export const vaultServer = {
  async read() {
    const state = expected;
    expected = null;
    return state ?? call<VaultState>('GET', PATH);
  },

  /** The next `read` answers with this, if it comes before another call of this function. */
  expect(state: VaultState | null): void {
    expected = state;
  },

  async write(change) {
    try {
      return (await call<{ revision: number }>('PUT', PATH, change)).revision;
    } catch (error) {
      if (error instanceof Problem && error.code === 'conflict') return null;
      throw error;
    }
  },

  async reportChange(way) {
    if (way.kind !== 'passkey') return;
    const { credentialId, saltId, fingerprint } = way;
    await send('POST', `${PATH}/changed-answer`, { credentialId, saltId, fingerprint });
  },

  remove: () => call<void>('DELETE', PATH),

  /** The same as `read`, without a prompt: null if there would have to be one. */
  async glance(): Promise<VaultState | null> {
    try {
      return await send<VaultState>('GET', PATH);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'step_up_required') return null;
      // A server without vaults.
      if (error.code === 'not_found') return none;
      throw error;
    }
  },
} satisfies VaultServer & { expect: unknown; remove: unknown; glance: unknown };
