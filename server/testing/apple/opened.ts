/** What this server asks of Apple, with the stand-in in its place and a clock to move: for tests of `apple/`. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { type Apple, openApple } from '../../apple/apple.ts';
import type { MintSecret } from '../../apple/client-secret.ts';
import type { WebFlowDeps } from '../../apple/web-flow.ts';
import { loadConfig } from '../../config.ts';
import { deriveKeys } from '../../keys.ts';
import { type AppleStandIn, startApple } from './stand-in.ts';

export interface OpenedApple {
  readonly apple: Apple;
  readonly standIn: AppleStandIn;
  /** What the web flow is handed. */
  readonly deps: WebFlowDeps;
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
  const configFor = (env = {}) => loadConfig({ ORIGIN: origin, ...given, ...env });
  const reopen: OpenedApple['reopen'] = (env, mint) => {
    const config = configFor(env);
    const apple = openApple(config, { fetch, now, log, ...(mint && { mint }) });
    if (apple === null) throw new Error('Sign in with Apple is off');
    return apple;
  };
  const apple = reopen();
  const kept = { decoy: new Uint8Array(32), recovery: new Uint8Array(32) };
  const deps: WebFlowDeps = {
    ...{ apple, now, config: configFor() },
    keys: deriveKeys(['a secret that is only for tests and long enough'], kept),
    random: (length) => new Uint8Array(randomBytes(length)),
  };
  return {
    ...{ standIn, reopen, apple, deps },
    callback: `${origin}/api/apple/callback`,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
    told: () => lines.join(''),
    close: () => standIn.close(),
  };
}
