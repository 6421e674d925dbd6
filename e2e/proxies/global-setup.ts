/** Runs once: finds nginx and Caddy, installs them if that is allowed, or prints why the tests are skipped. */
import { installPackages, say } from '../system.ts';
import { programs } from './proxy.ts';

const packages = { nginx: 'nginx-light', caddy: 'caddy' } as const;

export default async function setUp(): Promise<void> {
  const missing = Object.entries(packages).filter(([name]) => programs()[name as 'nginx'] === null);
  if (missing.length > 0) await installPackages(...missing.map(([, debian]) => debian));
  for (const [name, debian] of missing) {
    if (programs()[name as 'nginx'] !== null) continue;
    say(`Tests behind ${name} are skipped: it is not there (Debian: apt-get install ${debian}).`);
  }
}
