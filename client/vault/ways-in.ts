import type { Envelope, VaultState } from './state.ts';

/**
 * Whether it counts as a way in: only after it has opened the vault. What an authenticator answered once
 * may never come again (some answer differently every time), and a code may never have been written down.
 */
export const counts = ({ lastUsedAt }: Pick<Envelope, 'lastUsedAt'>): boolean =>
  lastUsedAt !== null;

/** How many ways in there are that count: passkeys, whatever the number of their envelopes, and the code. */
export function waysIn(envelopes: readonly Envelope[]): { passkeys: number; recovery: boolean } {
  const counting = envelopes.filter(counts);
  const passkeys = counting.flatMap((each) => (each.kind === 'passkey' ? each.credentialId : []));
  return {
    passkeys: new Set(passkeys).size,
    recovery: counting.some(({ kind }) => kind === 'recovery'),
  };
}

/** Whether nothing would be lost with it: it holds nothing, and nothing is known to open it. */
export const isWorthless = ({ exists, data, envelopes }: VaultState): boolean =>
  !exists || (data === undefined && !envelopes.some(counts));
