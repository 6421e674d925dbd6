/**
 * The text of a request body. Everything that is sent passes here, and here the results of the PRF
 * extension are left out, at whatever depth: they are key material and never leave the device.
 * `prf.enabled` says nothing secret and stays (WebAuthn L3 §10.1.4).
 */
export function requestBody(value: unknown): string {
  return JSON.stringify(value, (key, member) =>
    key === 'prf' && member?.results ? { ...member, results: undefined } : member,
  );
}
