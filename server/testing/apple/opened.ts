/** What this server asks of Apple, with the stand-in in its place and a clock to move: for tests of `apple/`. */
import { pino } from 'pino';
import { type Apple, openApple } from '../../apple/apple.ts';
import type { MintSecret } from '../../apple/client-secret.ts';
import { loadConfig } from '../../config.ts';
import { type AppleStandIn, startApple } from './stand-in.ts';

export interface OpenedApple {
  readonly apple: Apple;
  readonly standIn: AppleStandIn;
  readonly callback: string;
  /** Moves the clock of both. */
  advance(milliseconds: number): void;
  /** What the operator read, in one text. */
  told(): string;
  /** The same, configured in another way. */
  reopen(env?: Readonly<Record<string, string>>, mint?: MintSecret): Apple;
  close(): Promise<void>;
}

export async function openWithStandIn(): Promise<OpenedApple> {
  let offset = 0;
  const now = () => Date.now() + offset;
  const standIn = await startApple({ now });
  const origin = 'http://localhost:3000';
  const given = standIn.env(origin);
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const reopen: OpenedApple['reopen'] = (env = {}, mint) => {
    const config = loadConfig({ ORIGIN: origin, ...given, ...env });
    const apple = openApple(config, { fetch, now, log, ...(mint && { mint }) });
    if (apple === null) throw new Error('Sign in with Apple is off');
    return apple;
  };
  return {
    ...{ standIn, reopen },
    callback: `${origin}/api/apple/callback`,
    apple: reopen(),
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    told: () => lines.join(''),
    close: () => standIn.close(),
  };
}
