/** The application moves to another team at Apple, as its operator does it. */
import { loadConfig } from '../server/config.ts';
import type { AppleApp } from '../server/testing/apple/web.ts';

type Variables = Readonly<Record<string, string>>;

const configured = ({ deps, origin }: AppleApp, env: Variables) => ({
  ...deps.config,
  apple: loadConfig({ ORIGIN: origin, ...env }).apple,
});

/** `admin apple-transfer`, with these variables. */
async function transfer(app: AppleApp, env: Variables, step: 'export' | 'import', to = '') {
  const { transferApple } = await import('../server/commands/admin/apple-transfer.ts');
  const config = configured(app, env);
  const asked = { step, to, rate: 999, dryRun: false, json: false } as const;
  const deps = { ...app.deps, config, operator: 'root' };
  return (await transferApple(deps, config, { command: 'apple-transfer', ...asked })).text;
}

async function restart({ deps }: AppleApp, config: AppleApp['deps']['config']): Promise<void> {
  const { openApple } = await import('../server/apple/apple.ts');
  const { now, log } = deps;
  Object.assign(deps, { config, apple: openApple(config, { fetch, now, log }) });
}

/** Everybody is handed over; in the end the application knows the new team alone, as when the transfer is over. */
export async function handOver(apple: AppleApp): Promise<void> {
  const [before, next] = ['A1B2C3D4E5', 'Z1B2C3D4E5'];
  const { standIn, origin } = apple;
  standIn.addTeam(next);
  standIn.beginTransfer(next);
  const exported = await transfer(apple, standIn.env(origin), 'export', next);
  standIn.acceptTransfer();
  const received = standIn.env(origin, next);
  const imported = await transfer(apple, { ...received, APPLE_FORMER_TEAM_ID: before }, 'import');
  const said = `${exported}\n${imported}`;
  if (!/1 persons were exported.*1 persons were received/s.test(said)) throw new Error(said);
  await restart(apple, configured(apple, received));
}
