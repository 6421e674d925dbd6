import { z } from 'zod';
import type { MetadataEntry } from '../attestation/judge.ts';

/** Models by AAGUID, or by the key identifiers of their attestation certificates; all in lower case. */
export type Entries = ReadonlyMap<string, MetadataEntry>;

const noModel = '00000000-0000-0000-0000-000000000000';
const base64 = z.string().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

const statement = z.object({
  description: z.string().nullable().default(null),
  attestationTypes: z.array(z.string()).default([]),
  attestationRootCertificates: z.array(base64).default([]),
});

const statusReport = z.object({
  status: z.string(),
  effectiveDate: z.string().nullable().default(null),
  certificate: base64.nullable().default(null),
});

/** FIDO Metadata Service §3.1.1; other members, above all icons, are not kept. */
const entry = z.object({
  aaguid: z.string().optional(),
  attestationCertificateKeyIdentifiers: z.array(z.string()).default([]),
  metadataStatement: statement.prefault({}),
  statusReports: z.array(statusReport),
});

/** The payload of a BLOB (FIDO Metadata Service §3.1.6). */
export const payload = z.object({
  no: z.int(),
  nextUpdate: z.iso.date(),
  entries: z.array(z.unknown()),
});

/**
 * The entries that name a WebAuthn model. An entry that can't be read is left out, so that its model is
 * unknown and not trusted.
 */
export function readEntries(list: readonly unknown[]): Entries {
  const entries = new Map<string, MetadataEntry>();
  for (const item of list) {
    const { data } = entry.safeParse(item);
    if (data === undefined) continue;
    const { aaguid = noModel, attestationCertificateKeyIdentifiers: keys } = data;
    const model = { ...data.metadataStatement, statusReports: data.statusReports };
    for (const name of [aaguid, ...keys]) {
      if (name !== noModel) entries.set(name.toLowerCase(), model);
    }
  }
  return entries;
}
