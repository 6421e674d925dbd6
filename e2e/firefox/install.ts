/** Finds a Firefox to test with, or installs one (Debian's package, as root). */
import { canInstallPackages, installPackages, onPath, run } from '../system.ts';

/** The path of a Firefox that runs; undefined if there is none: `firefoxAdvice` says what to do. */
export async function findFirefox(): Promise<string | undefined> {
  const found = await lookUp();
  if (found || !canInstallPackages()) return found;
  await installPackages('firefox-esr');
  return lookUp();
}

export const firefoxAdvice =
  'Firefox tests are skipped: they need Firefox (Debian: apt-get install firefox-esr).';

async function lookUp(): Promise<string | undefined> {
  const path = onPath('firefox-esr', 'firefox');
  return path && (await run(path, ['--version'], 30_000)) ? path : undefined;
}
