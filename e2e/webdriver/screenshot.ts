import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WebDriver } from 'selenium-webdriver';

const AFTER_TWO_FRAMES =
  'const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => done()));';

/** Saves what the page shows as a PNG, and makes the folder. */
export async function savePicture(driver: WebDriver, path: string): Promise<void> {
  // After a resize new parts are black until they are painted.
  await driver.executeAsyncScript(AFTER_TWO_FRAMES);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await driver.takeScreenshot(), 'base64');
}
