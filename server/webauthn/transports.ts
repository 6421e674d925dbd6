/** WebAuthn L3 §5.8.4; `cable` is what early clients called `hybrid`. */
const known = new Set(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']);

/**
 * Keeps the transports we know and, within bounds, those a later spec may add: they go back to the
 * client in every `allowCredentials`, and one it does not know it skips.
 */
export function sanitiseTransports(transports: unknown): string[] {
  const tokens = new Set<string>();
  for (const token of Array.isArray(transports) ? transports : []) {
    if (typeof token === 'string' && /^[a-z0-9-]{1,32}$/.test(token)) tokens.add(token);
  }
  // Known ones first, so that no crowd of unknown ones can push them out.
  const sorted = [...tokens].sort(
    (one, other) => Number(known.has(other)) - Number(known.has(one)),
  );
  return sorted.slice(0, 16);
}
