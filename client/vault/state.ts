import type { WayIn } from './lock.ts';

/** An envelope as the server keeps it. */
export type Envelope = WayIn & {
  /** 16 random bytes, base64url, chosen by the client that made it. */
  readonly id: string;
  readonly wrappedKey: string;
  readonly createdAt: string;
  /** When it last opened the vault; null as long as it never did. */
  readonly lastUsedAt: string | null;
};

/** What `GET /api/vault` answers. */
export interface VaultState {
  readonly exists: boolean;
  readonly revision: number;
  readonly envelopes: readonly Envelope[];
  readonly data?: string;
  readonly rotationDue: boolean;
  /** The salts that options carry: an envelope for any other would never be opened again. */
  readonly saltIds: readonly string[];
  /** The passkeys of the account that may have envelopes. */
  readonly credentialIds: readonly string[];
}

/** One envelope of a `PUT /api/vault`; `opened` if it has opened the vault since. */
export type EnvelopeChange = WayIn & {
  readonly id: string;
  readonly wrappedKey: string;
  readonly opened?: true;
};

/** The whole next state; without `data` what is there stays. */
export interface VaultChange {
  readonly revision: number;
  readonly envelopes: readonly EnvelopeChange[];
  readonly data?: string;
}

/** An envelope as the next state names it. */
export function unchanged(envelope: Envelope | EnvelopeChange): EnvelopeChange {
  const { id, fingerprint, wrappedKey } = envelope;
  if (envelope.kind === 'recovery') return { id, kind: envelope.kind, fingerprint, wrappedKey };
  const { kind, credentialId, saltId } = envelope;
  return { id, kind, credentialId, saltId, fingerprint, wrappedKey };
}

/** The state that a change leaves, without asking for it again. */
export function applied(
  state: VaultState,
  { envelopes, data }: VaultChange,
  revision: number,
  now: number,
): VaultState {
  const time = new Date(now).toISOString();
  const before = new Map(state.envelopes.map((each) => [each.id, each]));
  return {
    ...state,
    exists: true,
    revision,
    envelopes: envelopes.map((each) => {
      const { createdAt = time, lastUsedAt = null } = before.get(each.id) ?? {};
      return { ...unchanged(each), createdAt, lastUsedAt: each.opened ? time : lastUsedAt };
    }),
    ...(data !== undefined && { data }),
    rotationDue: state.rotationDue && !isRekeyed(state, envelopes),
  };
}

/** After a rotation no envelope is what it was. */
const isRekeyed = (state: VaultState, envelopes: readonly EnvelopeChange[]): boolean =>
  !state.envelopes.some((each) => envelopes.some((next) => next.wrappedKey === each.wrappedKey));
