import type { ByOperator, ByOwner } from './audit/evidence.ts';
import type { NoticedEntry } from './audit.ts';

/** The account is gone, and its audit with it: the notice alone still knows its user name. */
export interface Deletion {
  readonly kind: 'account-deleted';
  readonly at: number;
  readonly evidence: (ByOwner | ByOperator) & { readonly username: string };
}

/** The message of the outbox by which an owner hears of a change. */
export interface Notice {
  readonly kind: 'notice';
  readonly of: (NoticedEntry | Deletion)['kind'];
  readonly at: number;
  readonly evidence: (NoticedEntry | Deletion)['evidence'];
}
