import { z } from 'zod';
import { feature } from './feature.ts';
import { fileOrSecureUrl } from './fields.ts';

/** What attestations are judged by. */
interface Attestation {
  /** The FIDO metadata BLOB: `file:PATH` or a URL. Undefined: no authenticator model is known. */
  readonly metadata: string | undefined;
  /** A PEM file of roots that may sign it. Undefined: those of the FIDO Alliance's service. */
  readonly metadataRoot: string | undefined;
  /** A PEM file of further roots that attestations may lead to. */
  readonly attestationRoots: string | undefined;
}

export const attestation = feature({
  fields: {
    METADATA: fileOrSecureUrl.optional(),
    METADATA_ROOT: z.string().optional(),
    ATTESTATION_ROOTS: z.string().optional(),
  },
  settings: (values): Attestation => ({
    metadata: values.METADATA,
    metadataRoot: values.METADATA_ROOT,
    attestationRoots: values.ATTESTATION_ROOTS,
  }),
});
