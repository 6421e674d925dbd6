import type { ByOwner } from './evidence.ts';
import { routine, security } from './kind.ts';

/** The vault: its ways in, and what happens to its key. What it holds is nobody's business. */
export const vaultKinds = {
  'vault-created': security<ByOwner>(),
  'vault-deleted': security<ByOwner>(),
  /** The passkey, or a recovery code, has an envelope now, or none any more. */
  'vault-passkey-added': security<ByOwner>(),
  'vault-passkey-removed': security<ByOwner>(),
  'vault-code-added': security<ByOwner>(),
  'vault-code-removed': security<ByOwner>(),
  'vault-key-rotated': routine<ByOwner>(),
  /** The passkey answered otherwise than it used to. */
  'vault-answer-changed': security<ByOwner & { saltId: string; fingerprint: string }>(),
} as const;
