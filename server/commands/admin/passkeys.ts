import type { PasskeyFacts } from '../../administration/facts.ts';
import type { PasskeyChange, Revocation } from '../../administration/passkeys.ts';
import { letters, plain, table, time } from './print.ts';

export function passkeyTable(passkeys: readonly PasskeyFacts[]): string {
  const rows = passkeys.map((each) => [
    each.name,
    each.provider,
    each.state,
    each.rpId,
    time(each.createdAt),
    each.useKnown ? time(each.lastUsedAt) : 'unknown',
    [each.lastUsedOn, each.lastUsedIn].filter(Boolean).join(', ') || '-',
    // WebAuthn L3 §6.1: backup eligibility and state; and whether user verification was ever seen.
    letters({
      BE: each.flags.backupEligible,
      BS: each.flags.backedUp,
      UV: each.flags.uvInitialized,
    }),
    each.legacyEvidence.join(' ') || '-',
    time(each.upgradeAfter),
    each.id,
  ]);
  const use = ['CREATED', 'LAST USED', 'ON'];
  const upgrade = ['LEGACY BY', 'OFFER AFTER'];
  return table(['PASSKEY', 'PROVIDER', 'STATE', 'RP ID', ...use, 'FLAGS', ...upgrade, 'ID'], rows);
}

export function revokedText(revocation: Revocation): string {
  const { account, passkey, changed, ended } = revocation;
  if (!changed) return plain(`${passkey.name} of ${account.username} is revoked already.`);
  const done = `Revoked ${passkey.name} of ${account.username} and ended ${ended} sessions.`;
  return [done, ...warningsOf(revocation)].map(plain).join('\n');
}

/** What only an operator may do: the owner can't give up the last way in. */
function warningsOf({ account: { username }, waysIn, accepted }: Revocation): string[] {
  if (waysIn > 0) return [];
  const left =
    accepted > 0
      ? `${username} has only passkeys left that were replaced`
      : `nobody can sign in to ${username} any more`;
  return [`It was the last way in: ${left}.`];
}

export function restoredText({ account, passkey, from, changed }: PasskeyChange): string {
  const words = changed ? `is active; it was ${from}` : 'is active already';
  return plain(`${passkey.name} of ${account.username} ${words}.`);
}
