import type { z } from 'zod';
import { fromBase64Url, toBase64Url } from '../base64url.ts';
import type { Config } from '../config.ts';
import type { Envelope } from '../records/vault.ts';
import type { AskedEnvelope } from '../vault/judge-change.ts';
import {
  deleteVault,
  noteChangedAnswer,
  readVault,
  type VaultState,
  writeVault,
} from '../vault/vault.ts';
import { endpoint } from './endpoint.ts';
import { noContent, ok } from './reply.ts';
import { changedAnswer, vaultChange, vaultRevision, vaultState } from './schemas/vault.ts';

const when = (config: Config) => config.vault;

export const vault = [
  endpoint({
    id: 'getVault',
    method: 'get',
    path: '/api/vault',
    summary: 'The envelopes and the data of the vault, which only its owner’s devices can open',
    description: 'Asks for a session that was opened with user verification a short time ago.',
    who: 'owner',
    when,
    answer: { 200: vaultState },
    codes: ['step_up_required'],
    handle: async (deps, { caller }) => ok(vaultView(await readVault(deps, caller))),
  }),
  endpoint({
    id: 'writeVault',
    method: 'put',
    path: '/api/vault',
    summary: 'Puts a whole next state in the place of the one that was read',
    who: 'owner',
    when,
    limit: 'change-by-address',
    body: vaultChange,
    answer: { 200: vaultRevision },
    codes: ['step_up_required', 'conflict', 'last_envelope'],
    handle: async (deps, { caller, body: { revision, envelopes, data } }) => {
      const change = {
        revision,
        envelopes: envelopes.map(asked),
        data: data === undefined ? undefined : fromBase64Url(data),
      };
      return ok({ revision: await writeVault(deps, caller, change) });
    },
  }),
  endpoint({
    id: 'deleteVault',
    method: 'delete',
    path: '/api/vault',
    summary: 'Deletes the vault and what is in it',
    who: 'owner',
    when,
    limit: 'change-by-address',
    answer: { 204: null },
    codes: ['step_up_required', 'not_found'],
    handle: async (deps, { caller }) => {
      await deleteVault(deps, caller);
      return noContent();
    },
  }),
  endpoint({
    id: 'reportChangedAnswer',
    method: 'post',
    path: '/api/vault/changed-answer',
    summary: 'A passkey answered otherwise than it used to: keeps a record of it',
    who: 'owner',
    when,
    limit: 'change-by-address',
    body: changedAnswer,
    answer: { 204: null },
    codes: ['step_up_required', 'not_found'],
    handle: async (deps, { caller, body }) => {
      await noteChangedAnswer(deps, caller, body);
      return noContent();
    },
  }),
];

const time = (milliseconds: number) => new Date(milliseconds).toISOString();

export function vaultView({ envelopes, data, ...state }: VaultState): z.input<typeof vaultState> {
  const { exists, revision, rotationDue, saltIds, credentialIds } = state;
  return {
    ...{ exists, revision, rotationDue },
    ...{ saltIds: [...saltIds], credentialIds: [...credentialIds] },
    envelopes: envelopes.map(envelopeView),
    ...(data !== null && { data: toBase64Url(data) }),
  };
}

function envelopeView(envelope: Envelope): z.input<typeof vaultState>['envelopes'][number] {
  const { id, credentialId, saltId, fingerprint, lastUsedAt } = envelope;
  const view = {
    id,
    ...(fingerprint !== null && { fingerprint }),
    wrappedKey: toBase64Url(envelope.wrappedKey),
    createdAt: time(envelope.createdAt),
    lastUsedAt: lastUsedAt === null ? null : time(lastUsedAt),
  };
  return credentialId === null || saltId === null
    ? { ...view, kind: 'recovery' }
    : { ...view, kind: 'passkey', credentialId, saltId };
}

function asked(envelope: z.output<typeof vaultChange>['envelopes'][number]): AskedEnvelope {
  const { id = null, kind, fingerprint = null, wrappedKey, opened = false } = envelope;
  const place =
    envelope.kind === 'passkey'
      ? { credentialId: envelope.credentialId, saltId: envelope.saltId }
      : { credentialId: null, saltId: null };
  return { id, kind, ...place, fingerprint, wrappedKey: fromBase64Url(wrappedKey), opened };
}
