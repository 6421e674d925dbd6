import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WebDriver } from 'selenium-webdriver';

const AFTER_TWO_FRAMES =
  'const [done] = arguments; requestAnimationFrame(() => requestAnimationFrame(() => done()));';

/** What the page shows, as a PNG; the folder is made. */
export async function savePicture(driver: WebDriver, path: string): Promise<void> {
  // what a resize uncovered is black until it has been painted
  await driver.executeAsyncScript(AFTER_TWO_FRAMES);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, await driver.takeScreenshot(), 'base64');
}
