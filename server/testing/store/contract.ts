/**
 * What every store must do, with either database. One test file for each dialect runs it.
 */
import { describe } from 'vitest';
import type { Store } from '../../store/store.ts';
import { describeAccounts } from './account-contract.ts';
import { describeAddition } from './addition-contract.ts';
import { describeApple } from './apple-contract.ts';
import { describeCredentials } from './credential-contract.ts';
import { describeCredentialLife } from './credential-life-contract.ts';
import { describeDecoys } from './decoy-contract.ts';
import { describeFeed } from './feed-contract.ts';
import { describeHistory } from './history-contract.ts';
import { describeInvitations } from './invitation-contract.ts';
import { describeKeeping } from './keeping-contract.ts';
import { describeMail } from './mail-contract.ts';
import { describeOidc } from './oidc-contract.ts';
import { describeOperators } from './operator-contract.ts';
import { describeOperatorKeys } from './operator-key-contract.ts';
import { describeOutbox } from './outbox-contract.ts';
import { describePurgedNonces } from './purged-nonce-contract.ts';
import { describeRecovery } from './recovery-contract.ts';
import { describeSessions } from './session-contract.ts';
import { describeSignIn } from './sign-in-contract.ts';
import { describeSignUp } from './sign-up-contract.ts';
import { describeSuperseding } from './superseding-contract.ts';
import { describeTransfer } from './transfer-contract.ts';
import { describeVaults } from './vault-contract.ts';

const operations = [
  describeSignUp,
  describeAddition,
  describeDecoys,
  describeSignIn,
  describeCredentials,
  describeAccounts,
  describeSessions,
  describeOidc,
  describeVaults,
  describeKeeping,
  describeRecovery,
  describeApple,
  describeInvitations,
  describeHistory,
  describeOperators,
  describeOperatorKeys,
  describeFeed,
  describeOutbox,
  describeMail,
];
const lives = [describeSuperseding, describeCredentialLife, describePurgedNonces];

/** Each test has a store of its own. */
export function describeStore(dialect: string, open: () => Promise<Store>): void {
  for (const each of operations) describe(`the ${dialect} store`, () => each(open));
  for (const each of lives) {
    describe(`the life of a credential in the ${dialect} store`, () => each(open));
  }
  describeTransfer(dialect, open);
}
