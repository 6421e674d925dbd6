import { join } from 'node:path';
import type { RunnerTask } from 'vitest';

interface Browser {
  screenshot(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Gives a browser to a test and closes it afterwards. If the test fails, a screenshot is saved in the folder. */
export async function useBrowser<Opened extends Browser>(
  browser: Opened,
  { task, folder }: { readonly task: RunnerTask; readonly folder: string },
  use: (browser: Opened) => Promise<void>,
): Promise<void> {
  const picture = join(folder, `${task.name.replaceAll(/\W+/g, '-')}.png`);
  await use(browser);
  if (task.result?.state === 'fail') await browser.screenshot(picture).catch(() => {});
  await browser.close();
}

/** @throws {Error} if a page reported an error that the test did not allow */
export function refuseComplaints(complaints: readonly string[], allowed: readonly RegExp[]): void {
  const unexpected = complaints.filter((line) => !allowed.some((one) => one.test(line)));
  if (unexpected.length > 0) {
    throw new Error(`The browser complained:\n  ${unexpected.join('\n  ')}`);
  }
}
