/**
 * How an owner's list weighs an entry. `security`: it changed what lets somebody in, or hints at a stranger;
 * no number of routine entries may push it out of sight. `routine`: everyday use, however often it happens.
 */
type Weight = 'security' | 'routine';

/** One kind of audit entry: its weight, and (as a type alone) what its entries say. */
export interface Kind<Evidence extends object> {
  readonly weight: Weight;
  /** Whether the owner is told by mail, too: it changed the ways into the account. */
  readonly isNoticed?: true;
  /** Never there: it only carries the type. */
  readonly evidence?: Evidence;
}

export const security = <Evidence extends object>(): Kind<Evidence> => ({ weight: 'security' });
/** `security`, and the owner is told by mail. */
export const noticed = <Evidence extends object>(): Kind<Evidence> & { isNoticed: true } => ({
  weight: 'security',
  isNoticed: true,
});
export const routine = <Evidence extends object>(): Kind<Evidence> => ({ weight: 'routine' });
