/** What browsers have and lib.dom does not (yet). */

interface CredentialRequestOptions {
  /** Credential Management, §2.3.3 (proposal): reject at once when this device has nothing to offer. */
  uiMode?: 'immediate';
}

interface CredentialCreationOptions {
  /** WebAuthn L3 §5.1.3: `conditional` creates a passkey without asking, if a password was just used. */
  mediation?: CredentialMediationRequirement;
}
