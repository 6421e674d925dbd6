/**
 * The one closed list of what can go wrong, and what of it the outside sees.
 *
 * Guarantees: every code has a status and a text for people, or this file does not compile; `cause`
 * and `detail` of an error never leave the server unless a row below says so.
 */

/** Status and public title of every code. RFC 9457 §3.1: `title` does not change between occurrences. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not in the expected form.' },
  challenge_invalid: { status: 400, title: 'This request has expired or was already used.' },
  invitation_invalid: { status: 400, title: 'This invitation has expired or was already used.' },
  invitation_revoked: {
    status: 400,
    title: 'This invitation was withdrawn. Please ask for a new one.',
  },
  origin_mismatch: { status: 400, title: 'The response comes from another site.' },
  verification_failed: { status: 400, title: 'The passkey could not be verified.' },
  unauthenticated: { status: 401, title: 'You are not signed in.' },
  operator_key_required: { status: 401, title: 'An operator key is required.' },
  operator_key_invalid: { status: 401, title: 'This operator key is not valid.' },
  user_verification_required: {
    status: 403,
    title: 'Face ID, a fingerprint or the device passcode is needed.',
  },
  step_up_required: { status: 403, title: 'Please confirm that it is you.' },
  assurance_unmet: {
    status: 403,
    title: 'None of the passkeys of this account is strong enough for that page.',
  },
  site_unknown: { status: 403, title: 'This site is not one that people sign in to here.' },
  recovery_required: {
    status: 403,
    title: 'Add a passkey first: that is all this way back allows.',
  },
  account_disabled: {
    status: 403,
    title: 'This account is disabled. Please ask whoever runs this service.',
  },
  apple_not_allowed: {
    status: 403,
    title: 'This account is not opened by Sign in with Apple.',
  },
  authenticator_not_allowed: {
    status: 403,
    title: 'This account does not accept that kind of passkey.',
  },
  sign_up_closed: {
    status: 403,
    title: 'New accounts are opened by whoever runs this service.',
  },
  insufficient_scope: { status: 403, title: 'This operator key may not do that.' },
  cross_site_request: { status: 403, title: 'The request comes from another site.' },
  credential_unknown: { status: 404, title: 'This passkey is not known here.' },
  not_found: { status: 404, title: 'There is nothing here.' },
  account_changed: { status: 409, title: 'Another account is signed in here now.' },
  credential_exists: { status: 409, title: 'This passkey is already registered.' },
  username_taken: { status: 409, title: 'This user name is taken.' },
  conflict: {
    status: 409,
    title: 'Something was changed elsewhere in the meantime. Please try again.',
  },
  last_envelope: { status: 409, title: 'Nothing else opens your vault.' },
  last_credential: { status: 409, title: 'The last passkey can not be deleted.' },
  credential_limit: { status: 409, title: 'This account has as many passkeys as it can hold.' },
  apple_taken: {
    status: 409,
    title: 'This Apple Account is linked with another account here.',
  },
  apple_linked: {
    status: 409,
    title: 'This account is linked with another Apple Account already.',
  },
  payload_too_large: { status: 413, title: 'The request is too large.' },
  unsupported_media_type: { status: 415, title: 'The request must be application/json.' },
  too_many_requests: { status: 429, title: 'Too many attempts. Please wait a moment.' },
  internal_error: { status: 500, title: 'Something went wrong on our side.' },
  apple_unavailable: {
    status: 503,
    title: 'Apple can not be reached right now. Please try again in a moment.',
  },
  apple_misconfigured: {
    status: 503,
    title: 'Sign in with Apple does not work here right now. Please use a passkey.',
  },
  unavailable: { status: 503, title: 'The service is not available right now.' },
} as const satisfies Record<string, { status: number; title: string }>;

export type ErrorCode = keyof typeof problems;

/**
 * The member `reason` of a `verification_failed`, where people can do something about it: the key of a new
 * passkey, or the signature of one, is not encoded as the specification says, whose browser or provider
 * has to mend it.
 */
export const refusalReasons = ['malformed-key', 'malformed-signature'] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/**
 * A refusal with a stable code.
 *
 * @property members further public members of the problem document (RFC 9457 §3.2)
 * @property headers of the answer beside those that every one has (in small letters)
 * @property detail for the log only, unless `publicDetail` says what a caller may read
 */
export class RpError extends Error {
  override readonly name = 'RpError';
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly publicDetail: string | undefined;
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    options: {
      detail?: string;
      publicDetail?: string;
      members?: Record<string, unknown>;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(options.detail ?? code, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.publicDetail = options.publicDetail;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
  }
}

/** Something that only whoever runs the server can mend. The message is for them and nobody else. */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}
