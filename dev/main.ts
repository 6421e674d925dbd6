/**
 * `npm run dev`: the server and its pages, built again whenever a source changes.
 *
 * It has a database of its own, `data/dev`, whatever the environment names, so that nothing of it can touch
 * another one. Nothing here is a way in that the server does not have: people get the links that
 * `npm run admin -- enrol` makes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ConfigError, loadConfig } from '../server/config.ts';
import { startApple } from '../server/testing/apple/stand-in.ts';
import { type Person, seedPeople } from './people.ts';

const quietMs = 100;

const here = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const say = (text: string) => void process.stdout.write(`${text}\n`);

const given = {
  ...process.env,
  NODE_ENV: 'development',
  RATE_LIMITS: 'off',
  DATABASE_URL: 'file:data/dev/latchkey.db',
};

async function build(): Promise<void> {
  const from = performance.now();
  const child = spawn(process.execPath, [here('client/build/build.ts')], { stdio: 'inherit' });
  const [status] = await once(child, 'exit');
  const took = Math.round(performance.now() - from);
  say(status === 0 ? `The pages were built in ${took} ms.` : 'The pages could not be built.');
}

/** Builds once more after the last of several changes, and never two builds at once. */
function buildOnChange(): void {
  let timer: NodeJS.Timeout | undefined;
  let building = Promise.resolve();
  const buildSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      building = building.then(build);
    }, quietMs);
  };
  watch(here('client'), { recursive: true }, buildSoon);
  // Pages name its version.
  watch(here('public/style.css'), buildSoon);
}

/** Node starts it again when a source or a built page changes. */
function serve(env: NodeJS.ProcessEnv): ChildProcess {
  const watched = ['server', 'public/pages'].map((path) => `--watch-path=${here(path)}`);
  const flags = [
    ...['--watch-preserve-output', '--disable-warning=ExperimentalWarning'],
    ...['--import', here('server/process/quick-imports.ts')],
  ];
  return spawn(process.execPath, [...watched, ...flags, here('server/main.ts')], {
    env,
    stdio: 'inherit',
  });
}

/**
 * Sign in with Apple without an Apple account: a stand-in answers in Apple's place, and asks whom to be. Not if the
 * environment names a team of its own.
 */
async function withApple(env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  if (env['APPLE_TEAM_ID']) return env;
  const apple = await startApple({ folder: 'data/dev/apple' });
  apple.addPerson('Ann', 'Appleseed', undefined, 'ann');
  apple.addPerson('Zoë', 'Example', 'zoe@icloud.example', 'zoë');
  return { ...env, ...apple.env(loadConfig(env).origin) };
}

function welcome(origin: string, people: readonly Person[]): string {
  const width = Math.max(...people.map(({ username }) => username.length));
  const rows = people.map(({ username, link, passkeys }) => {
    const how = passkeys > 0 ? 'signs in with a passkey that you added' : 'can not sign in';
    return `  ${username.padEnd(width)}  ${link ?? how}`;
  });
  return [
    `\nLatchkey for development at ${origin}: without rate limits, its database in data/dev.`,
    'A link adds a passkey to an account, once; after that its person signs in like anybody:',
    ...rows,
    '“Continue with Apple” leads to a stand-in for Apple, on which you choose whom to be.',
    "Without an authenticator, use the one of Chromium's DevTools: More tools, WebAuthn.\n",
  ].join('\n');
}

async function main(): Promise<void> {
  if (process.env.NODE_ENV === 'production') throw new ConfigError(['NODE_ENV is production']);
  const env = await withApple(given);
  const config = loadConfig(env);
  await build();
  say(welcome(config.origin, await seedPeople(config)));
  buildOnChange();
  const server = serve(env);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => server.kill('SIGTERM'));
  }
  await once(server, 'exit');
  process.exit(0);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
