import type { ByOperator, ByOwner } from './evidence.ts';
import { noticed } from './kind.ts';

/** How people get back into their accounts. */
export const recoveryKinds = {
  'recovery-code-set': noticed<ByOwner>(),
  'recovery-code-removed': noticed<ByOwner>(),
  /** The recovery code opened a restricted session, and is used up. */
  'recovered-by-code': noticed<ByOwner>(),
  /** An operator made a link that lets its holder add a passkey; `expiresAt` in ms since the epoch. */
  'enrolment-offered': noticed<ByOperator & { readonly expiresAt: number }>(),
  /** The link opened a restricted session, and is used up. */
  enrolled: noticed<ByOwner>(),
  /** The notice goes to the address before, if there was one. */
  'recovery-address-set': noticed<ByOwner>(),
  'recovery-address-removed': noticed<ByOwner>(),
  /** By mail alone: it opens a session at `opensAt`, in ms since the epoch. `veto` makes the link that ends it. */
  'recovery-started': noticed<ByOwner & { readonly opensAt: number; readonly veto: string }>(),
  /** By mail, after the wait, or with the recovery code, which is used up then. */
  'recovered-by-mail': noticed<ByOwner & { readonly withCode: boolean }>(),
  /** By whoever is signed in, or by the link in the notice. */
  'recovery-stopped': noticed<ByOwner & { readonly by: 'session' | 'link' }>(),
} as const;
