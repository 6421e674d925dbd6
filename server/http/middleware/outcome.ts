import type { ErrorCode } from '../../errors.ts';
import type { CeremonyLabels } from '../reply.ts';

/** What becomes of a request: filled in on the way, and read by the log and the metrics at its end. */
export interface Outcome {
  /** The path of its row, `other` without one. */
  readonly route: string;
  /** Which ceremony it is to complete. */
  readonly completes: 'registration' | 'authentication' | null;
  ceremony: CeremonyLabels | null;
  code: ErrorCode | null;
  /** Why it was refused, for the log alone. */
  why: string | null;
  /** The rate limit that refused it. */
  limit: string | null;
  /** The ID of the operator's key that it came with. */
  operatorKey: string | null;
}
