/** The shapes of the vault. What is encrypted is bytes here, of bounded length. */
import { z } from 'zod';
import { base64url, credentialId, fewOf, time } from './encodings.ts';

const example = {
  id: 'q6Zt0J0rJv8l0m3cX2b1aA',
  kind: 'passkey',
  credentialId: '6oPjVbd2Xk2lqhOUFvY0QYl4gJM',
  saltId: 'abJnHy7379U',
  fingerprint: 'o7G1s6ht2t5bMHqgFreJxQ',
  wrappedKey: 'AWwDY-ImjY7N4XL5EYmH9Z9vTuX1dWs53OSEYbXYd_2SMgpSaW82WIOWVzZSsspY',
} as const;

const envelopeId = base64url(16, 16);
/** The first 8 bytes of its SHA-256. */
const saltId = base64url(8, 8);
const fingerprint = base64url(8, 16);
/** Ours have 347 at most. */
const wrappedKey = base64url(1, 384);
const data = base64url(1, 24 * 1024);
/**
 * So many of them fit into one request, each as long as it may be, with the longest data, if the identifiers of the
 * passkeys have up to 255 bytes. Those in use have up to a quarter of that.
 */
const mostEnvelopes = 32;

const keyOf = { wrappedKey: wrappedKey.meta({ description: 'Opaque to the server.' }) };
const passkey = { kind: z.literal('passkey'), credentialId, saltId, ...keyOf };
const recovery = { kind: z.literal('recovery'), ...keyOf };
const kept = { id: envelopeId, createdAt: time, lastUsedAt: time.nullable() };

const envelope = z
  .discriminatedUnion('kind', [
    z.object({ ...kept, ...passkey, fingerprint: fingerprint.optional() }),
    z.object({ ...kept, ...recovery, fingerprint: fingerprint.optional() }),
  ])
  .meta({
    id: 'VaultEnvelope',
    description: 'One way into the vault. It counts as one once `lastUsedAt` is set.',
    examples: [
      { ...example, createdAt: '2026-03-01T09:30:00.000Z', lastUsedAt: '2026-03-02T09:30:00.000Z' },
    ],
  });

const asked = {
  id: envelopeId
    .optional()
    .meta({ description: 'Chosen by the client; without it, by the server.' }),
  fingerprint: fingerprint.optional(),
  opened: z
    .boolean()
    .optional()
    .meta({ description: 'It has opened the vault since it was written: it counts now.' }),
};

const askedEnvelope = z
  .discriminatedUnion('kind', [
    z.object({ ...asked, ...passkey }),
    z.object({ ...asked, ...recovery }),
  ])
  .meta({ id: 'VaultEnvelopeChange', examples: [{ ...example, opened: true }] });

const revision = z.int().min(0).meta({ description: '0 if there is no vault.' });

export const vaultState = z
  .object({
    exists: z.boolean(),
    revision,
    envelopes: z.array(envelope),
    data: data.optional(),
    rotationDue: z
      .boolean()
      .meta({ description: 'A way in was given up: the data key should be changed.' }),
    saltIds: z
      .array(saltId)
      .meta({ description: 'The salts that an envelope may be for, the current one first.' }),
    credentialIds: z
      .array(credentialId)
      .meta({ description: 'The passkeys that may have envelopes.' }),
  })
  .meta({
    id: 'Vault',
    examples: [
      {
        ...{ exists: false, revision: 0, envelopes: [], rotationDue: false },
        ...{ saltIds: [example.saltId], credentialIds: [example.credentialId] },
      },
    ],
  });

export const vaultChange = z
  .object({
    revision: revision.meta({ description: 'The one that was read; 0 if there was no vault.' }),
    envelopes: fewOf(askedEnvelope, mostEnvelopes).meta({ description: 'The whole set.' }),
    data: data.optional().meta({ description: 'Without it, what is there stays.' }),
  })
  .meta({
    id: 'VaultChange',
    description: 'The whole next state of a vault.',
    examples: [{ revision: 0, envelopes: [example] }],
  });

export const vaultRevision = z
  .object({ revision: z.int() })
  .meta({ id: 'VaultRevision', examples: [{ revision: 1 }] });

export const changedAnswer = z.object({ credentialId, saltId, fingerprint }).meta({
  id: 'ChangedAnswer',
  examples: [
    {
      credentialId: example.credentialId,
      saltId: example.saltId,
      fingerprint: example.fingerprint,
    },
  ],
});
