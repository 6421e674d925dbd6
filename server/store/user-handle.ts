import type { Credential, RegisteredHandle } from '../records/credential.ts';

/** A credential as both dialects store it. */
export type CredentialRow = Omit<Credential, 'userHandle'> & {
  /** Null for the account's handle, empty for an unknown one. */
  readonly userHandle: string | null;
};

/** Reads a row of the credentials table. */
export function credentialOf({ userHandle, ...row }: CredentialRow): Credential {
  return { ...row, userHandle: readHandle(userHandle) };
}

/** Writes a row of the credentials table. */
export function rowOf({ userHandle, ...credential }: Credential): CredentialRow {
  return { ...credential, userHandle: writeHandle(userHandle) };
}

function readHandle(column: string | null): RegisteredHandle {
  if (column === null) return { kind: 'account' };
  return column === '' ? { kind: 'unknown' } : { kind: 'own', handle: column };
}

function writeHandle(registered: RegisteredHandle): string | null {
  switch (registered.kind) {
    case 'account':
      return null;
    case 'own':
      return registered.handle;
    case 'unknown':
      return '';
  }
}
