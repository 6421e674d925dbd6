import type { Activity } from '../library/types.ts';

/** What happened, as a person would tell it; `passkey` is its name in quotes, or "a passkey". */
const sentences: Readonly<Record<string, (passkey: string) => string>> = {
  'account-created': () => 'Account created',
  'account-imported': () => 'Account moved here',
  'account-changed': () => 'Name changed',
  'account-disabled': () => 'Account switched off by the service',
  'account-enabled': () => 'Account switched on again by the service',
  'policy-assigned': () => 'Rules for your passkeys changed by the service',
  'passkey-added': (passkey) => `Added ${passkey}`,
  'passkey-renamed': (passkey) => `Renamed ${passkey}`,
  'passkey-deleted': (passkey) => `Deleted ${passkey}`,
  'passkey-upgraded': (passkey) => `Updated ${passkey}`,
  'passkey-reactivated': (passkey) => `Used ${passkey} again after it was replaced`,
  'passkey-revoked': (passkey) => `The service stopped accepting ${passkey}`,
  'passkey-restored': (passkey) => `The service accepts ${passkey} again`,
  'passkey-refused': (passkey) => `Refused ${passkey}: this kind is not allowed`,
  'upgrade-postponed': (passkey) => `Put off updating ${passkey}`,
  'backup-lost': (passkey) => `No longer synced: ${passkey}`,
  'signed-in': (passkey) => `Signed in with ${passkey}`,
  'stepped-up': (passkey) => `Confirmed that it’s you with ${passkey}`,
  'signed-out': () => 'Signed out',
  'session-ended': () => 'Signed out another device',
  'sessions-ended': () => 'Signed out everywhere by the service',
  'sign-count-regressed': (passkey) => `A sign that a copy exists of ${passkey}`,
  'clone-suspicion-cleared': (passkey) => `No more signs that a copy exists of ${passkey}`,
  'backup-eligibility-changed': (passkey) => `Something unusual about ${passkey}`,
};

/** One entry in words. What the server has learned to tell since this page was made has no sentence. */
export function tell({ kind, passkey }: Activity): string | undefined {
  return sentences[kind]?.(passkey ? `“${passkey}”` : 'a passkey');
}
