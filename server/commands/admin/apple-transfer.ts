import { pino } from 'pino';
import type { Administration } from '../../administration/administration.ts';
import {
  exportPeople,
  importPeople,
  showTransfer,
  type TransferOptions,
  type TransferRun,
  type TransferStatus,
} from '../../administration/apple-transfer.ts';
import { RefusedAct } from '../../administration/refusal.ts';
import { openApple } from '../../apple/apple.ts';
import { AppleFailure } from '../../apple/failure.ts';
import type { Config } from '../../config.ts';
import { table, time } from './print.ts';
import type { Asked } from './usage.ts';

type AskedTransfer = Extract<Asked, { command: 'apple-transfer' }>;

const progressEvery = 500;

/** Does the step that was asked for, and says what came of it. */
export async function transferApple(
  deps: Administration,
  config: Pick<Config, 'apple'>,
  { step, to, rate, dryRun }: AskedTransfer,
): Promise<{ facts: object; text: string }> {
  if (step === 'status') {
    const status = await showTransfer(deps);
    return { facts: status, text: statusText(status) };
  }
  const apple = openApple(config, { fetch, now: deps.now, log: pino({ enabled: false }) });
  if (apple === null) throw new RefusedAct({ code: 'apple_off' });
  const options: TransferOptions = {
    ...{ rate, dryRun, migration: apple.migration },
    isUnknownPerson: (error) => error instanceof AppleFailure && error.cause === 'person-unknown',
    onProgress: (done) => {
      if (done % progressEvery === 0) process.stderr.write(`${done} persons\n`);
    },
  };
  const run =
    step === 'export'
      ? await exportPeople(deps, { ...options, to: to ?? '' })
      : await importPeople(deps, options);
  return { facts: run, text: runText(run) };
}

/** Null if it is no failure of Apple's. What was done is kept: the same command goes on from there. */
export function appleFailureText(error: unknown): string | null {
  if (!(error instanceof AppleFailure)) return null;
  return `Sign in with Apple: ${error.message} (${error.cause}). What was done is kept: run the command again.`;
}

function runText(run: TransferRun): string {
  const { step, dryRun, done, known, unknown, elsewhere, status } = run;
  const verb = step === 'export' ? 'exported' : 'received';
  const lines = [
    dryRun
      ? `Apple answers${done === 0 ? '' : ' for the first person'}. Nothing was kept.`
      : `${done} persons were ${verb}, ${known} had been before.`,
    ...(unknown.length > 0
      ? [`Apple does not know the persons of these accounts: ${unknown.join(', ')}`]
      : []),
    ...(elsewhere.length > 0
      ? [`The persons of these accounts have another one by now: ${elsewhere.join(', ')}`]
      : []),
  ];
  return `${lines.join('\n')}\n\n${statusText(status)}`;
}

function statusText({ accepted, teams, timeUntil }: TransferStatus): string {
  const rows = teams.map(({ team, links, exported, received }) => [
    team,
    accepted.includes(team) ? 'yes' : 'no',
    ...[links, exported, received].map(String),
  ]);
  const deadline =
    timeUntil === null
      ? 'Nothing was exported yet. Apple answers for 60 days after the transfer.'
      : `Apple answers for 60 days after the transfer: at least until ${time(timeUntil)}.`;
  return `${table(['team', 'accepted', 'people', 'exported', 'received'], rows)}\n${deadline}`;
}
