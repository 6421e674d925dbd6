/** Finds what WebKit is driven with, or installs it (Debian's packages, as root). */
import { existsSync, readdirSync } from 'node:fs';
import { canInstallPackages, installPackages, isExecutable, onPath } from '../system.ts';

export interface WebKitPrograms {
  driver: string;
  browser: string;
  display: string;
}

/** undefined where WebKit can not be had; `webKitAdvice` says what to do. */
export async function findWebKit(): Promise<WebKitPrograms | undefined> {
  const found = lookUp();
  if (found || !canInstallPackages()) return found;
  await installPackages('webkit2gtk-driver', 'xvfb');
  return lookUp();
}

export const webKitAdvice =
  'WebKit tests are skipped: they need WebKitGTK, its WebDriver and Xvfb (Debian: apt-get install webkit2gtk-driver xvfb).';

function lookUp(): WebKitPrograms | undefined {
  const driver = onPath('WebKitWebDriver');
  const browser = miniBrowser();
  const display = onPath('Xvfb');
  return driver && browser && display ? { driver, browser, display } : undefined;
}

/** It lies in the library's own folder, under a name that has the machine and the version in it. */
function miniBrowser(): string | undefined {
  const roots = ['/usr/lib', '/usr/libexec', '/usr/lib64', '/usr/lib/x86_64-linux-gnu'];
  const machines = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.endsWith('-linux-gnu'))
    .map(({ name }) => `/usr/lib/${name}`);
  return [...new Set([...machines, ...roots])]
    .filter((root) => existsSync(root))
    .flatMap((root) => ['4.1', '4.0'].map((api) => `${root}/webkit2gtk-${api}/MiniBrowser`))
    .find(isExecutable);
}
