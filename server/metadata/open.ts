/**
 * What is known of authenticator models: the FIDO metadata of a file or a URL, and the operator's own
 * trust anchors.
 *
 * Guarantees: only verified metadata is used; a source that fails, at start or later, stops nothing.
 * Where nothing is known of a model, it says so: whether that is enough is for a policy to decide.
 */

import type { MetadataEntry } from '../attestation/judge.ts';
import type { Config } from '../config.ts';
import { cacheFile } from './cache.ts';
import { followSource, type MetadataDeps } from './follow-source.ts';
import { readCertificates, signingAnchors } from './trust-anchors.ts';

const lookEveryMs = 3_600_000;

export interface Metadata {
  /** The entry of a model, by AAGUID or key identifier; null where nothing is known of it. */
  find(identifier: string): MetadataEntry | null;
  /** The operator's own trust anchors, in DER. */
  readonly anchors: readonly Uint8Array[];
  /** Asks the source again where that is due; never rejects. Happens by itself every hour. */
  refresh(): Promise<void>;
  close(): void;
}

/**
 * Opens the metadata of the configuration. Waits for the source only where there is no copy of it.
 *
 * @throws {ConfigError} where a file of certificates can't be read or holds none
 */
export async function openMetadata(config: Config, deps: MetadataDeps): Promise<Metadata> {
  const { attestationRoots, metadata: from, metadataRoot, dataFolder } = config;
  const anchors =
    attestationRoots === undefined
      ? []
      : readCertificates('ATTESTATION_ROOTS', attestationRoots).map(({ raw }) => raw);
  if (from === undefined) {
    return { find: () => null, anchors, refresh: async () => {}, close: () => {} };
  }
  const follower = followSource(deps, {
    from,
    signers: signingAnchors(metadataRoot),
    copy: from.startsWith('file:') ? null : cacheFile(dataFolder, from),
  });
  await follower.begin();
  const looking = setInterval(follower.refresh, lookEveryMs).unref();
  return {
    find: (identifier) => follower.latest()?.entries.get(identifier.toLowerCase()) ?? null,
    anchors,
    refresh: follower.refresh,
    close: () => {
      clearInterval(looking);
      follower.close();
    },
  };
}
