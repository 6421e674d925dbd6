import { supportsMlDsa } from './library.ts';

/**
 * The COSE algorithms to offer, best first: ML-DSA-44 where the runtime has it, ES256, Ed25519, RS256. Each
 * authenticator takes the first that it knows, and the Ed25519 keys of some are malformed (decision 20).
 */
export function supportedAlgorithms(): number[] {
  const classical = [-7, -8, -257];
  return supportsMlDsa() ? [-48, ...classical] : classical;
}
