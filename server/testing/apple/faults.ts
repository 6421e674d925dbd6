/** What can be wrong at Apple, or between us and Apple. Each is off until a test, or a developer, turns it on. */

/** The paths that answer. */
export type ApplePath =
  | '/auth/authorize'
  | '/auth/token'
  | '/auth/revoke'
  | '/auth/keys'
  | '/auth/usermigrationinfo';

export type BrokenAnswer =
  | 'unavailable'
  | 'throttled'
  | 'hangs'
  | 'resets'
  | 'redirects'
  | 'answers-html'
  | 'answers-without-end'
  /** An OAuth error in the place of what the call would have led to. */
  | { readonly error: string; readonly description?: string };

export interface Faults {
  /** What a path answers, whatever it is asked. */
  readonly answers: Map<ApplePath, BrokenAnswer>;
  /** The redirect URI or the grouping is wrong: Apple objects to the client for real codes alone. */
  refusesClientForRealCodes: boolean;
  /** Another key signs than those that are published. */
  signsWithUnpublishedKey: boolean;
  /** As old platforms do. */
  supportsNonce: boolean;
  /** Though nonces are supported. */
  losesNonce: boolean;
  /** The token says nothing of an address. */
  leavesEmailOut: boolean;
  /** The name is not sent, though it is the first time. */
  losesUser: boolean;
  /** `"true"` instead of `true`. */
  writesFlagsAsText: boolean;
  tokenType: 'Bearer' | 'bearer';
  givesRefreshToken: boolean;
  /** A code counts again and again, which Apple never does. */
  takesCodesAgain: boolean;
  /** A second question about one token within a day is refused. */
  throttlesRefresh: boolean;
  /** How far Apple's clock is ahead of ours. */
  clockAheadMs: number;
}

export function noFaults(): Faults {
  return {
    answers: new Map(),
    refusesClientForRealCodes: false,
    signsWithUnpublishedKey: false,
    supportsNonce: true,
    losesNonce: false,
    leavesEmailOut: false,
    losesUser: false,
    writesFlagsAsText: true,
    tokenType: 'Bearer',
    givesRefreshToken: true,
    takesCodesAgain: false,
    throttlesRefresh: false,
    clockAheadMs: 0,
  };
}
