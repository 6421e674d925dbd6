/** Once a run: a browser to test with, and the client built as it is served. */
import { findChromium } from './chromium.ts';

export default async function setUp(): Promise<void> {
  // workers inherit the environment and read the configuration again
  process.env['CHROMIUM_PATH'] = await findChromium();
  const { buildClient } = await import('../client/build/build.ts');
  await buildClient();
}
