/**
 * WebAuthn L3 §7.2 step 19: whether the backup-eligibility flag of an assertion differs from the one
 * recorded at registration. The specification holds it to be permanent, so a change is refused.
 */
export function backupEligibilityChanged(recorded: boolean, presented: boolean): boolean {
  return recorded !== presented;
}
