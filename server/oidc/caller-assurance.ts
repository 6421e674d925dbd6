import type { Deps } from '../deps.ts';
import { type Assurance, assuranceOf } from '../policy/assurance.ts';
import type { Caller } from '../records/caller.ts';
import type { Opener } from '../records/credential.ts';
import { inProtocol } from './failures.ts';

export interface CallerAssurance extends Assurance {
  /** The passkey that opened the session, if it did and is still there. */
  readonly opener: Opener | null;
}

const known = new WeakMap<Caller, Promise<CallerAssurance>>();

/** What the session of the caller proves; looked up once a request. */
export function callerAssurance(
  { store }: Pick<Deps, 'store'>,
  caller: Caller,
): Promise<CallerAssurance> {
  const found = known.get(caller) ?? lookUp(store, caller);
  known.set(caller, found);
  return found;
}

async function lookUp(store: Deps['store'], { session }: Caller): Promise<CallerAssurance> {
  if (session === null) return { acr: null, amr: [], opener: null };
  const { credentialId } = session;
  const opener = credentialId === null ? null : await inProtocol(store.findOpener(credentialId));
  return { ...assuranceOf(session, opener), opener };
}
