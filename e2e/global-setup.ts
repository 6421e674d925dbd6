/** Runs once: finds a browser and the proxies, and builds the pages. */
import { findChromium } from './chromium.ts';
import findProxies from './proxies/global-setup.ts';

export default async function setUp(): Promise<void> {
  // Workers inherit the environment and read the configuration again.
  process.env['CHROMIUM_PATH'] = await findChromium();
  await findProxies();
  const { buildClient } = await import('../client/build/build.ts');
  await buildClient();
}
