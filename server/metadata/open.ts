/**
 * What is known of authenticator models: the FIDO metadata of a file or a URL, and the operator's own
 * trust anchors.
 *
 * Guarantees: only verified metadata is used, and the server goes on if a source fails, at start or later. For an
 * unknown model `find` returns null: a policy decides what follows.
 */

import type { MetadataEntry } from '../attestation/judge.ts';
import type { Config } from '../config.ts';
import { cacheFile } from './cache.ts';
import { followSource, type MetadataDeps } from './follow-source.ts';
import { readCertificates, signingAnchors } from './trust-anchors.ts';

const refreshEveryMs = 3_600_000;

export interface Metadata {
  /** The entry of a model, by AAGUID or key identifier; null if the model is unknown. */
  find(identifier: string): MetadataEntry | null;
  /** The operator's own trust anchors, in DER. */
  readonly anchors: readonly Uint8Array[];
  /** Fetches from the source if it is due; never rejects. It is called every hour. */
  refresh(): Promise<void>;
  close(): void;
}

/**
 * Opens the metadata of the configuration. Waits for the source only if there is no copy of it.
 *
 * @throws {ConfigError} if a file of certificates can't be read or has none
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
  const refreshing = setInterval(follower.refresh, refreshEveryMs).unref();
  return {
    find: (identifier) => follower.latest()?.entries.get(identifier.toLowerCase()) ?? null,
    anchors,
    refresh: follower.refresh,
    close: () => {
      clearInterval(refreshing);
      follower.close();
    },
  };
}
