import type { Refusal } from '../../administration/refusal.ts';
import { plain, time } from './print.ts';

const vaults = (count: number) => (count === 1 ? 'one vault' : `${count} vaults`);

/** What the command line says if an act is refused. */
export function refusalText(refusal: Refusal): string {
  switch (refusal.code) {
    case 'account_unknown':
      return plain(`There is no account ${refusal.account}.`);
    case 'account_ambiguous':
      return plain(
        `${refusal.account} is the user name of one account and the ID of another: say --by name or --by id.`,
      );
    case 'name_unusable':
      return plain(`${refusal.account} can't be a user name.`);
    case 'name_taken':
      return plain(`There is an account ${refusal.account} already.`);
    case 'key_unknown':
      return plain(`There is no key ${refusal.key}.`);
    case 'invitation_unknown':
      return plain(
        `There is no invitation ${refusal.invitation} that could still be used: it was used, has expired, or was revoked.`,
      );
    case 'message_unknown':
      return plain(`No message ${refusal.message} was given up.`);
    case 'passkey_unknown':
      return plain(`${refusal.username} has no passkey with the ID ${refusal.passkey}.`);
    case 'salt_missing':
      return 'There is no salt yet: no server that has vaults was ever started with this database.';
    case 'rotation_missing':
      return 'No rotation is under way.';
    case 'apple_off':
      return 'Sign in with Apple is not configured: APPLE_TEAM_ID and its other variables are missing.';
    case 'former_team_missing':
      return 'APPLE_FORMER_TEAM_ID has to name the team that handed the app over.';
    case 'rotation_too_young':
      return `Ceremonies that know nothing of the next salt may be under way until ${time(refusal.finishableAt)}.`;
    case 'vaults_orphaned':
      return `Nothing would open ${vaults(refusal.orphans)} any more: wait until their owners have come by twice.`;
    case 'policy_unknown':
      return plain(
        `There is no policy ${refusal.policy}: CREDENTIAL_POLICIES has ${refusal.configured.join(', ')}.`,
      );
  }
}
