/**
 * `npm run admin -- COMMAND`: the operator's view of accounts, and the few things an operator may do to
 * them. A composition root of its own, which works on the database while servers run.
 *
 * Guarantees: prints no secret, no hash and no key; every change leaves an audit entry with the
 * operator's name. Ends with status 0, 1 if it could not be done, 2 after a usage error.
 */
import { randomBytes } from 'node:crypto';
import {
  disableAccount,
  enableAccount,
  listAccounts,
  showAccount,
} from '../administration/accounts.ts';
import type { Administration } from '../administration/administration.ts';
import { listAudit } from '../administration/audit.ts';
import { deleteAccount, listOperatorActs } from '../administration/delete-account.ts';
import { offerEnrolment, openAccount } from '../administration/enrolment.ts';
import { findAccount } from '../administration/find-account.ts';
import { inviteAccount, listInvitations, revokeInvitation } from '../administration/invitation.ts';
import { listFailedMessages, retryMessages } from '../administration/messages.ts';
import { showMove } from '../administration/move.ts';
import {
  listOperatorKeys,
  makeOperatorKey,
  revokeOperatorKey,
} from '../administration/operator-keys.ts';
import { restorePasskey, revokePasskey } from '../administration/passkeys.ts';
import { assignPolicy } from '../administration/policy.ts';
import { RefusedAct } from '../administration/refusal.ts';
import {
  beginSaltRotation,
  finishSaltRotation,
  showSalts,
} from '../administration/salt-rotation.ts';
import { endSessions, listSessions } from '../administration/sessions.ts';
import {
  accountText,
  deletedText,
  disabledText,
  enabledText,
  listText,
  operatorActsText,
} from './admin/accounts.ts';
import { appleFailureText, transferApple } from './admin/apple-transfer.ts';
import {
  enrolmentText,
  invitationRevokedText,
  invitationsText,
  invitationText,
} from './admin/enrolment.ts';
import { keyMadeText, keyRevokedText, keysText } from './admin/keys.ts';
import { messagesText, retriedText } from './admin/messages.ts';
import { moveText } from './admin/move.ts';
import { restoredText, revokedText } from './admin/passkeys.ts';
import { assignedText } from './admin/policy.ts';
import { toJson } from './admin/print.ts';
import { refusalText } from './admin/refusal.ts';
import { finishedText, saltText } from './admin/salt-rotation.ts';
import { auditText, endedText, sessionTable } from './admin/sessions.ts';
import { type Asked, type KeysAsked, parseCommand, type SaltStep, usage } from './admin/usage.ts';
import { openDatabase, operatorName, runCommand } from './command.ts';

/** What an act found, for machines and for people. */
interface Answer {
  readonly facts: object;
  readonly text: string;
}

async function answer<Facts extends object>(
  act: Promise<Facts>,
  textOf: (facts: Facts) => string,
): Promise<Answer> {
  const facts = await act;
  return { facts, text: textOf(facts) };
}

async function act(deps: Administration, asked: Asked): Promise<Answer> {
  if (asked.command === 'accounts') return answer(listAccounts(deps, asked.page), listText);
  if (asked.command === 'move') return answer(showMove(deps), moveText);
  if (asked.command === 'enrol') return answer(enrol(deps, asked), enrolmentText);
  if (asked.command === 'invite') return answer(inviteAccount(deps, asked), invitationText);
  if (asked.command === 'invitations') {
    return answer(listInvitations(deps, asked.page), invitationsText);
  }
  if (asked.command === 'revoke-invitation') {
    return answer(revokeInvitation(deps, asked.id), invitationRevokedText);
  }
  if (asked.command === 'keys') return keys(deps, asked.keys);
  if (asked.command === 'messages') {
    return asked.act === 'list'
      ? answer(listFailedMessages(deps, asked.limit), messagesText)
      : answer(retryMessages(deps, asked.id), retriedText);
  }
  if (asked.command === 'operators') {
    return answer(listOperatorActs(deps, asked.limit), operatorActsText);
  }
  if (asked.command === 'rotate-salt') return rotateSalt(deps, asked.step);
  if (asked.command === 'apple-transfer') return transferApple(deps, deps.config, asked);
  const user = await findAccount(deps, asked.account);
  switch (asked.command) {
    case 'account':
      return answer(showAccount(deps, user), accountText);
    case 'sessions':
      return answer(listSessions(deps, user), ({ sessions }) => sessionTable(sessions));
    case 'audit':
      return answer(listAudit(deps, user, asked.limit), auditText);
    case 'policy':
      return answer(assignPolicy(deps, user, asked.policy), assignedText);
    case 'revoke-credential':
      return answer(revokePasskey(deps, user, asked.credential), revokedText);
    case 'restore-credential':
      return answer(restorePasskey(deps, user, asked.credential), restoredText);
    case 'end-sessions':
      return answer(endSessions(deps, user), endedText);
    case 'disable':
      return answer(disableAccount(deps, user), disabledText);
    case 'enable':
      return answer(enableAccount(deps, user), enabledText);
    case 'delete':
      return answer(deleteAccount(deps, user), deletedText);
  }
}

function rotateSalt(deps: Administration, step: SaltStep): Promise<Answer> {
  switch (step) {
    case 'begin':
      return answer(beginSaltRotation(deps), saltText);
    case 'status':
      return answer(showSalts(deps), saltText);
    case 'finish':
      return answer(finishSaltRotation(deps), finishedText);
  }
}

function keys(deps: Administration, asked: KeysAsked): Promise<Answer> {
  switch (asked.act) {
    case 'list':
      return answer(listOperatorKeys(deps), keysText);
    case 'create':
      return answer(makeOperatorKey(deps, asked), keyMadeText);
    case 'revoke':
      return answer(revokeOperatorKey(deps, asked.id), keyRevokedText);
  }
}

async function enrol(deps: Administration, asked: Extract<Asked, { command: 'enrol' }>) {
  const { account, create: created, minutes } = asked;
  const user = created ? await openAccount(deps, account.text) : await findAccount(deps, account);
  return offerEnrolment(deps, { user, created, minutes });
}

async function run(asked: Asked): Promise<void> {
  const { config, store } = await openDatabase(process.env);
  try {
    const operator = operatorName(process.env);
    const deps = { config, store, now: Date.now, random: randomBytes, operator };
    const { text, facts } = await act(deps, asked);
    process.stdout.write(`${asked.json ? toJson(facts) : text}\n`);
  } finally {
    await store.close();
  }
}

void runCommand({
  usage,
  parse: parseCommand,
  run,
  explain: (error) =>
    error instanceof RefusedAct ? refusalText(error.refusal) : appleFailureText(error),
});
