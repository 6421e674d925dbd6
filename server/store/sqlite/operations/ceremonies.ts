import type { CeremonyStore } from '../../ceremonies.ts';
import type { Access, Statements } from '../statements.ts';

/** Whoever signs in may take the place of another account in this browser. */
function noteEndOf(
  on: Statements,
  {
    replaces,
    session,
  }: Pick<Parameters<CeremonyStore['completeSignUp']>[0], 'replaces' | 'session'>,
): void {
  if (replaces !== null && replaces.userId !== session.userId) on.oidc.noteEnds(replaces.userId);
}

export const ceremonyOperations = ({ write }: Access): CeremonyStore => ({
  completeSignUp: (input) =>
    write((on) => {
      on.nonces.spend(input.nonce);
      if (input.invitation !== undefined)
        on.invitations.use(input.invitation.tokenHash, input.invitation.now);
      on.users.insert(input.user, input.usernameKey);
      on.credentials.insert(input.credential, input.isDecoy);
      on.credentials.attest(input.credential, input.attestation);
      on.sessions.open(input.session, input.replaces);
      noteEndOf(on, input);
      on.audit.note(input.audit);
    }),
  completeAddition: (input) =>
    write((on) => {
      const { userId } = input.credential;
      on.nonces.spend(input.nonce);
      on.users.refuseMissing(userId);
      on.sessions.refuseMissing(userId, input.sessionId);
      on.credentials.refuseOver(input.limit, userId);
      if (input.unlessUsedSince !== undefined) {
        on.credentials.refuseUsedSince(input.unlessUsedSince, userId);
      }
      on.credentials.insert(input.credential, input.isDecoy);
      on.credentials.attest(input.credential, input.attestation);
      if (input.supersedes !== null) on.credentials.supersede(userId, input.supersedes);
      if (input.opens !== undefined) on.sessions.open(input.opens, { id: input.sessionId, userId });
      on.audit.note(input.audit);
    }),
  completeSignIn: (input) =>
    write((on) => {
      on.nonces.spend(input.nonce);
      on.credentials.use(input.use, input.session);
      on.credentials.clear(input.session.userId, input.clears);
      on.sessions.open(input.session, input.replaces);
      noteEndOf(on, input);
      // No mail tells of a sign-in, and nothing more is to be done in its transaction.
      on.audit.note(input.audit, []);
      return on.credentials.listBriefly(input.session.userId);
    }),
  recordRefusal: (input) =>
    write((on) => {
      on.nonces.spend(input.nonce);
      if (on.credentials.find(input.credentialId) === null) return;
      if (input.suspectedAt !== null) on.credentials.suspect(input.credentialId, input.suspectedAt);
      on.audit.note(input.audit);
    }),
});
