/**
 * Finds a Chromium to test with, or installs one.
 *
 * Guarantees: what `findChromium` returns has printed its version, so that a stub which only tells people to install
 * something else is not used. If `CHROMIUM_PATH` does not work, that is an error: no other browser replaces it.
 * `node e2e/chromium.ts` prints the path, or says what to do and exits with status 1.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { installPackages, isExecutable, isRoot, onPath, run, say } from './system.ts';

const DOWNLOAD_PATIENCE_MS = 180_000;

/** Chromium's sandbox does not work for root. The other arguments keep the browser from calling other servers. */
export const launchArgs: readonly string[] = [
  ...(isRoot() ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of a Chromium that runs; rejects with an error whose message says what to do. */
export async function findChromium(): Promise<string> {
  const wanted = process.env['CHROMIUM_PATH'];
  if (wanted) {
    if (await works(wanted)) return wanted;
    throw new Error(`CHROMIUM_PATH is ${wanted}, which is not a browser that runs. ${ADVICE}`);
  }
  const found = (await system()) ?? (await downloaded());
  if (found) return found;
  say('No Chromium here yet.');
  const installed = (await download()) ?? (await fromDebian());
  if (installed) return installed;
  throw new Error(`No Chromium was found, and none could be installed. ${ADVICE}`);
}

const ADVICE =
  'Install Chromium or Chrome (Debian: apt-get install chromium; elsewhere: npx playwright install chromium), or set CHROMIUM_PATH to one.';

async function system(): Promise<string | undefined> {
  const candidates = [
    onPath('chromium', 'chromium-browser'),
    onPath('google-chrome', 'google-chrome-stable', 'chrome'),
    '/usr/bin/chromium',
    '/usr/bin/google-chrome',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    join(process.env['HOME'] ?? '/', 'Applications/Google Chrome.app/Contents/MacOS/Google Chrome'),
  ];
  for (const candidate of new Set(candidates)) {
    if (candidate && (await works(candidate))) return candidate;
  }
  return undefined;
}

async function downloaded(): Promise<string | undefined> {
  const path = chromium.executablePath();
  return (await works(path)) ? path : undefined;
}

async function download(): Promise<string | undefined> {
  say('Asking Playwright to download one …');
  const cli = createRequire(import.meta.url).resolve('playwright/package.json');
  const args = [join(cli, '../cli.js'), 'install', 'chromium'];
  return (await run(process.execPath, args, DOWNLOAD_PATIENCE_MS)) ? downloaded() : undefined;
}

async function fromDebian(): Promise<string | undefined> {
  return (await installPackages('chromium')) ? system() : undefined;
}

async function works(path: string): Promise<boolean> {
  return isExecutable(path) && (await run(path, ['--version'], 30_000));
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await findChromium()}\n`);
  } catch (error) {
    say((error as Error).message);
    process.exitCode = 1;
  }
}
