/**
 * What can go wrong between here and Apple, and what mends it.
 *
 * Guarantees: every cause has a kind, and every mistake of ours has a sentence for the operator that names what
 * to mend, or this file does not compile.
 */
import { RpError } from '../errors.ts';

/**
 * `outage`: Apple or the way to it, so it passes. `configuration`: ours to mend. `refused`: this code, token or
 * notification, and no other.
 */
type FailureKind = 'outage' | 'configuration' | 'refused';

/** After Apple's TN3107, which names the errors, and what developers found behind each. */
const causes = {
  unreachable: ['outage', 'Apple can not be reached'],
  'timed-out': ['outage', 'Apple does not answer in time'],
  unavailable: ['outage', 'Apple answers that it is not available'],
  throttled: ['outage', 'Apple asks for fewer calls'],
  unreadable: [
    'outage',
    'the answer is not one of Apple’s: something on the way may answer for it',
  ],

  redirected: [
    'configuration',
    'APPLE_BASE_URL leads elsewhere: expected https://appleid.apple.com',
  ],
  'secret-expired': [
    'configuration',
    'the client secret is expired when it arrives: the clock of this machine is slow',
  ],
  'secret-of-the-future': [
    'configuration',
    'the client secret is not valid yet when it arrives: the clock of this machine is fast',
  ],
  'secret-der-signed': [
    'configuration',
    'the client secret is signed in DER: Apple expects the 64 bytes of R and S (RFC 7518 §3.4)',
  ],
  'secret-malformed': ['configuration', 'the client secret is not a JWT as Apple expects it'],
  'secret-wrong-algorithm': ['configuration', 'the client secret is not signed with ES256'],
  'secret-wrong-key-id': [
    'configuration',
    'the client secret does not name APPLE_KEY_ID as its kid',
  ],
  'secret-wrong-issuer': [
    'configuration',
    'the client secret does not name APPLE_TEAM_ID as its iss',
  ],
  'secret-wrong-subject': [
    'configuration',
    'the client secret names another client as its sub than the call: each client needs its own',
  ],
  'secret-wrong-audience': [
    'configuration',
    'the client secret is not meant for https://appleid.apple.com',
  ],
  'secret-lives-too-long': ['configuration', 'the client secret is valid for more than six months'],
  'key-refused': [
    'configuration',
    'Apple refuses the key for every client: it was revoked, APPLE_KEY_ID or APPLE_TEAM_ID is of another ' +
      'key or team, or APPLE_KEY is another file',
  ],
  'client-unknown': [
    'configuration',
    'Apple knows the key and not this client: APPLE_SERVICES_ID or APPLE_BUNDLE_IDS is misspelt, or the ' +
      'client is not grouped with the primary app of the key',
  ],
  'client-refused-for-real-codes': [
    'configuration',
    'Apple takes the client secret and refuses the client for real codes alone: the redirect URI is not the ' +
      'one that is registered, or the Services ID is not grouped with the primary app of the key',
  ],
  'client-mismatch': [
    'configuration',
    'the token was issued to another client: APPLE_SERVICES_ID or APPLE_BUNDLE_IDS has changed since',
  ],
  'redirect-mismatch': [
    'configuration',
    'the code was issued for another redirect URI: register ORIGIN/api/apple/callback with the Services ID',
  ],
  'client-unauthorized': [
    'configuration',
    'the client may not do this: register ORIGIN/api/apple/callback with the Services ID, and enable Sign in ' +
      'with Apple for the app',
  ],
  'request-malformed': [
    'configuration',
    'Apple finds the request malformed: a proxy on the way changes its body or content type',
  ],
  'grant-unsupported': ['configuration', 'Apple does not know the grant type that was asked for'],
  'scope-refused': [
    'configuration',
    'Apple refuses the scope: transfers need the team that accepted, or offered, the app',
  ],
  'error-unknown': ['configuration', 'Apple answers with an error that it does not document'],

  'code-used': ['refused', 'the code has already been used'],
  'code-expired': ['refused', 'the code has expired'],
  'code-refused': ['refused', 'the code is not valid'],
  'code-of-another-client': [
    'refused',
    'the code was issued to another client: web codes belong to APPLE_SERVICES_ID, those of an app to its bundle ID',
  ],
  'consent-revoked': ['refused', 'the person has revoked the consent'],
  'person-unknown': ['refused', 'Apple does not know this person, or this target'],
  'token-malformed': ['refused', 'not a signed token of the expected form'],
  'token-algorithm': ['refused', 'the token is not signed with RS256'],
  'token-key-unknown': ['refused', 'the token is signed with a key that Apple does not publish'],
  'token-signature': ['refused', 'the signature of the token is wrong'],
  'token-issuer': ['refused', 'the token is not Apple’s'],
  'token-audience': ['refused', 'the token is meant for another client'],
  'token-expired': ['refused', 'the token has expired'],
  'token-of-the-future': ['refused', 'the token was issued in the future'],
  'token-claims': ['refused', 'the token lacks a claim, or has one of another form'],
  'nonce-missing': ['refused', 'the token lacks the nonce that was asked for'],
  'nonce-mismatch': ['refused', 'the token has the nonce of another request'],
  'code-mismatch': ['refused', 'the token belongs to another code'],
  'person-mismatch': ['refused', 'the token is another person’s'],
  'event-unknown': ['refused', 'a kind of notification that is not known'],
} as const satisfies Record<string, readonly [FailureKind, string]>;

export type FailureCause = keyof typeof causes;

export class AppleFailure extends Error {
  override readonly name = 'AppleFailure';
  override readonly cause: FailureCause;
  readonly kind: FailureKind;

  constructor(cause: FailureCause) {
    const [kind, words] = causes[cause];
    super(words);
    this.cause = cause;
    this.kind = kind;
  }
}

/** What callers are told: whether it passes, is ours to mend, or has to begin again. */
export function refusalOf(failure: AppleFailure): RpError {
  const codes = {
    outage: 'apple_unavailable',
    configuration: 'apple_misconfigured',
    refused: 'challenge_invalid',
  } as const;
  const { kind, cause } = failure;
  return new RpError(codes[kind], { detail: cause, cause: failure });
}
