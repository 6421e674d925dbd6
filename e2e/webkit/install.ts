/** Finds WebKit, its driver and Xvfb, or installs them (Debian's packages, as root). */
import { existsSync, readdirSync } from 'node:fs';
import { canInstallPackages, installPackages, isExecutable, onPath } from '../system.ts';

export interface WebKitPrograms {
  driver: string;
  browser: string;
  display: string;
}

/** Undefined if WebKit is not there and can't be installed; `webKitAdvice` says what to do. */
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

/** It is in the library's own folder, whose name contains architecture and version. */
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
