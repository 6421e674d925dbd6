import type { CeremonyStore } from '../../ceremonies.ts';
import type { Statements } from '../connections.ts';
import { settleAll } from '../settle-all.ts';
import type { Access } from '../transactions.ts';

/** Whoever signs in may take the place of another account in this browser. */
async function noteEndOf(
  on: Statements,
  {
    replaces,
    session,
  }: Pick<Parameters<CeremonyStore['completeSignUp']>[0], 'replaces' | 'session'>,
): Promise<void> {
  if (replaces === null || replaces.userId === session.userId) return;
  await on.oidc.noteEnds(replaces.userId);
}

export const ceremonyOperations = ({ read, ceremony }: Access): CeremonyStore => ({
  completeSignUp: (input) =>
    ceremony(input.nonce, async (on, spending) => {
      await settleAll([
        on.nonces.spend(spending),
        input.invitation && on.invitations.use(input.invitation.tokenHash, input.invitation.now),
        on.users.insert(input.user, input.usernameKey),
        on.credentials.insert(input.credential, input.isDecoy),
        on.credentials.attest(input.credential.id, input.attestation),
        on.sessions.endReplaced(input.replaces?.id ?? null),
        on.sessions.open(input.session),
        noteEndOf(on, input),
        on.audit.note(input.audit),
      ]);
    }),
  completeAddition: (input) =>
    ceremony(input.nonce, async (on, spending) => {
      const { userId, id } = input.credential;
      await settleAll([
        on.nonces.spend(spending),
        on.users.holdOrRefuse(userId),
        input.supersedes === null ? undefined : on.credentials.hold(input.supersedes),
        on.sessions.holdOrRefuse(userId, input.sessionId),
        on.credentials.refuseOver(input.limit, userId),
        input.unlessUsedSince === undefined
          ? undefined
          : on.credentials.refuseUsedSince(input.unlessUsedSince, userId),
      ]);
      await settleAll([
        on.credentials.insert(input.credential, input.isDecoy),
        on.credentials.attest(id, input.attestation),
        on.credentials.supersede(userId, input.supersedes),
        input.opens && on.sessions.endReplaced(input.sessionId),
        input.opens && on.sessions.open(input.opens),
        on.audit.note(input.audit),
      ]);
    }),
  completeSignIn: async (input) =>
    (await ceremony(input.nonce, (on, spending) => on.signIn(input, spending), {
      autocommit: true,
    })) ?? read((on) => on.credentials.listBriefly(input.session.userId)),
  recordRefusal: (input) =>
    ceremony(input.nonce, async (on, spending) => {
      const { credentialId, suspectedAt } = input;
      const [, isThere] = await settleAll([
        on.nonces.spend(spending),
        on.credentials.hold(credentialId),
      ]);
      if (!isThere) return;
      await settleAll([
        suspectedAt === null ? undefined : on.credentials.suspect(credentialId, suspectedAt),
        on.audit.note(input.audit),
      ]);
    }),
});
