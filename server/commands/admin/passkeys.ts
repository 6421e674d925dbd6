import { describeDevice } from '../../policy/device.ts';
import { legacyEvidence } from '../../policy/legacy.ts';
import { isAccepted, isWayIn } from '../../policy/ways-in.ts';
import { findProvider } from '../../providers/catalogue.ts';
import type { Credential } from '../../records/credential.ts';
import type { User } from '../../records/user.ts';
import { accountView } from './accounts.ts';
import { type AdminDeps, AdminError, auditOperator, byOperator } from './operator.ts';
import { type Answer, isoTime, letters, plain, table, time } from './print.ts';

/** The passkey is unknown from now on, and the sessions that it opened end. */
export async function revokeCredential(deps: AdminDeps, user: User, id: string): Promise<Answer> {
  const { passkey, others } = await findPasskey(deps, user, id);
  if (passkey.state === 'revoked') return unchanged(user, passkey, 'is revoked already');
  const ended = await changeState(deps, user, passkey, 'revoked');
  const done = `Revoked ${passkey.name} of ${user.username} and ended ${ended} sessions.`;
  return {
    text: [done, ...warningsOf(user, others)].map(plain).join('\n'),
    json: { ...changed(user, passkey, 'revoked'), ended, waysIn: others.filter(isWayIn).length },
  };
}

/** Whatever spoke against the passkey is forgiven: it is active. */
export async function restoreCredential(deps: AdminDeps, user: User, id: string): Promise<Answer> {
  const { passkey } = await findPasskey(deps, user, id);
  if (passkey.state === 'active') return unchanged(user, passkey, 'is active already');
  await changeState(deps, user, passkey, 'active');
  return {
    text: plain(`${passkey.name} of ${user.username} is active; it was ${passkey.state}.`),
    json: changed(user, passkey, 'active'),
  };
}

async function findPasskey({ store }: AdminDeps, { id: userId, username }: User, id: string) {
  const held = await store.listCredentials(userId);
  const passkey = held.find((each) => each.id === id);
  if (passkey === undefined) {
    throw new AdminError(`${plain(username)} has no passkey with the ID ${plain(id)}.`);
  }
  return { passkey, others: held.filter((each) => each !== passkey) };
}

function changeState(
  deps: AdminDeps,
  user: User,
  { id, name, state: from }: Credential,
  state: 'active' | 'revoked',
): Promise<number> {
  const kind = state === 'revoked' ? 'passkey-revoked' : 'passkey-restored';
  const audit = [auditOperator(deps, user, kind, id, { ...byOperator(deps), name, from })];
  return deps.store.setCredentialState({ userId: user.id, id, state, audit });
}

/** What only the operator may do: the owner can't give up the last way in. */
function warningsOf({ username }: User, others: readonly Credential[]): string[] {
  if (others.some(isWayIn)) return [];
  const left = others.some(isAccepted)
    ? `${username} has only passkeys left that were replaced`
    : `nobody can sign in to ${username} any more`;
  return [`It was the last way in: ${left}.`];
}

const unchanged = (user: User, passkey: Credential, words: string): Answer => ({
  text: plain(`${passkey.name} of ${user.username} ${words}.`),
  json: changed(user, passkey, passkey.state),
});

const changed = (user: User, passkey: Credential, state: Credential['state']) => ({
  account: accountView(user),
  passkey: passkeyView({ ...passkey, state }),
});

const providerOf = ({ aaguid }: Credential) => findProvider(aaguid)?.name ?? 'unknown';

export function passkeyTable(passkeys: readonly Credential[]): string {
  const rows = passkeys.map((each) => [
    each.name,
    providerOf(each),
    each.state,
    each.rpId,
    time(each.createdAt),
    each.useKnown ? time(each.lastUsedAt) : 'unknown',
    [describeDevice(each.lastUserAgent), each.lastCountry].filter(Boolean).join(', ') || '-',
    // WebAuthn L3 §6.1: backup eligibility and state; and whether user verification was ever seen.
    letters({ BE: each.backupEligible, BS: each.backedUp, UV: each.uvInitialized }),
    legacyEvidence(each).join(' ') || '-',
    time(each.upgradeAfter),
    each.id,
  ]);
  const use = ['CREATED', 'LAST USED', 'ON'];
  const upgrade = ['LEGACY BY', 'OFFER AFTER'];
  return table(['PASSKEY', 'PROVIDER', 'STATE', 'RP ID', ...use, 'FLAGS', ...upgrade, 'ID'], rows);
}

/** Neither the public key nor the attestation: nobody needs to read them. */
export function passkeyView(passkey: Credential) {
  const { id, name, state, aaguid, algorithm, signCount, transports, attachment, rpId } = passkey;
  const { backupEligible, backedUp, backupKnown, uvInitialized } = passkey;
  return {
    id,
    name,
    provider: providerOf(passkey),
    aaguid,
    state,
    createdAt: isoTime(passkey.createdAt),
    lastUsedAt: isoTime(passkey.lastUsedAt),
    useKnown: passkey.useKnown,
    lastUsedOn: describeDevice(passkey.lastUserAgent),
    lastUsedIn: passkey.lastCountry,
    flags: { backupEligible, backedUp, backupKnown, uvInitialized },
    algorithm,
    signCount,
    transports,
    attachment,
    rpId,
    legacyEvidence: legacyEvidence(passkey),
    upgradeAfter: isoTime(passkey.upgradeAfter),
  };
}
