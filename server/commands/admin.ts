/**
 * `npm run admin -- COMMAND`: the operator's view of accounts, and the few things an operator may do to
 * them. A composition root of its own, which works on the database while servers run.
 *
 * Guarantees: prints no secret, no hash and no key; every change leaves an audit entry with the
 * operator's name. Ends with status 0, 1 where it could not be done, 2 where it was asked the wrong way.
 */
import { showAccount } from './admin/account.ts';
import { disableAccount, enableAccount, listAccounts } from './admin/accounts.ts';
import { showMove } from './admin/move.ts';
import { type AdminDeps, AdminError, findAccount } from './admin/operator.ts';
import { restoreCredential, revokeCredential } from './admin/passkeys.ts';
import { assignPolicy } from './admin/policy.ts';
import { type Answer, toJson } from './admin/print.ts';
import { endSessions, showAudit, showSessions } from './admin/sessions.ts';
import { type Asked, parseCommand, UsageError, usage } from './admin/usage.ts';
import { explainFailure, forgiveReaders, openDatabase, operatorName } from './command.ts';

async function answer(
  deps: AdminDeps,
  asked: Exclude<Asked, { command: 'help' }>,
): Promise<Answer> {
  if (asked.command === 'accounts') return listAccounts(deps, asked.page);
  if (asked.command === 'move') return showMove(deps);
  const user = await findAccount(deps, asked.account);
  switch (asked.command) {
    case 'account':
      return showAccount(deps, user);
    case 'sessions':
      return showSessions(deps, user);
    case 'audit':
      return showAudit(deps, user, asked.limit);
    case 'policy':
      return assignPolicy(deps, user, asked.policy);
    case 'revoke-credential':
      return revokeCredential(deps, user, asked.credential);
    case 'restore-credential':
      return restoreCredential(deps, user, asked.credential);
    case 'end-sessions':
      return endSessions(deps, user);
    case 'disable':
      return disableAccount(deps, user);
    case 'enable':
      return enableAccount(deps, user);
  }
}

async function run(): Promise<string> {
  const asked = parseCommand(process.argv.slice(2));
  if (asked.command === 'help') return usage;
  const { config, store } = await openDatabase(process.env);
  try {
    const operator = operatorName(process.env);
    const { text, json } = await answer({ config, store, now: Date.now, operator }, asked);
    return `${asked.json ? toJson(json) : text}\n`;
  } finally {
    await store.close();
  }
}

/** What of an error an operator can use. */
function explain(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n\n${usage}`;
  if (error instanceof AdminError) return `${error.message}\n`;
  return explainFailure(error);
}

forgiveReaders();
run().then(
  (output) => process.stdout.write(output),
  (error: unknown) => {
    process.stderr.write(explain(error));
    process.exitCode = error instanceof UsageError ? 2 : 1;
  },
);
