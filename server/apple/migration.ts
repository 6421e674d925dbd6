/** The calls by which an app moves from one team to another, for 60 days after the transfer. */
import { z } from 'zod';
import { type CallDeps, call, causeOf } from './calls.ts';
import { AppleFailure } from './failure.ts';
import { address, flag, subject } from './token.ts';

export interface AppleMigration {
  /** Asked by the old team: by what the new team will find the person. */
  transferSubOf(sub: string, targetTeam: string): Promise<string>;
  /** Asked by the new team: who the person is from now on. Relay addresses change. */
  subOf(transferSub: string): Promise<MovedPerson>;
}

interface MovedPerson {
  readonly sub: string;
  readonly email: string | null;
  readonly isPrivateEmail: boolean;
}

const accessToken = z.object({ access_token: z.string().min(1), expires_in: z.number().catch(0) });
const exported = z.object({ transfer_sub: subject });
const imported = z.object({ sub: subject, email: address.default(null), is_private_email: flag });

/** An access token is not used in the last minute of its life. */
const marginMs = 60_000;

export function openMigration(deps: CallDeps): AppleMigration {
  const { servicesId, bundleIds } = deps.settings;
  // People are those of the team, so any client of it may ask.
  const clientId = bundleIds[0] ?? servicesId ?? '';
  let held: { readonly bearer: string; readonly until: number } | null = null;

  const bearer = async (): Promise<string> => {
    if (held !== null && deps.now() < held.until) return held.bearer;
    const form = { grant_type: 'client_credentials', scope: 'user.migration' };
    const outcome = await call(deps, { path: '/auth/token', clientId, form });
    if ('objection' in outcome) throw new AppleFailure(causeOf(outcome.objection));
    const read = readAs(accessToken, outcome.body);
    held = {
      bearer: read.access_token,
      until: deps.now() + read.expires_in * 1000 - marginMs,
    };
    return held.bearer;
  };
  const ask = async (form: Readonly<Record<string, string>>) => {
    const path = '/auth/usermigrationinfo';
    const outcome = await call(deps, { path, clientId, form, bearer: await bearer() });
    if ('body' in outcome) return outcome.body;
    const { error } = outcome.objection;
    if (error === 'invalid_token') held = null;
    // The form is ours and always the same: what is wrong is the person or the target in it.
    const isPerson = error === 'invalid_request' || error === 'invalid_grant';
    throw new AppleFailure(isPerson ? 'person-unknown' : causeOf(outcome.objection));
  };

  return {
    transferSubOf: async (sub, target) => readAs(exported, await ask({ sub, target })).transfer_sub,
    subOf: async (transferSub) => {
      const moved = readAs(imported, await ask({ transfer_sub: transferSub }));
      const { sub, email, is_private_email: isPrivate } = moved;
      return { sub, email, isPrivateEmail: email !== null && isPrivate };
    },
  };
}

function readAs<Schema extends z.ZodType>(schema: Schema, body: unknown): z.output<Schema> {
  const { success, data } = schema.safeParse(body);
  if (!success) throw new AppleFailure('unreadable');
  return data;
}
