/**
 * Collects every console error and warning, uncaught error and CSP violation of a browser context. A test fails if
 * there is one that it did not allow. Chromium reports failed requests (4xx, 5xx) and CSP violations as console
 * errors.
 */
import type { BrowserContext } from 'playwright/test';

/** A number allows the console error of a response with that status. */
export type Allowed = RegExp | number;

export class ConsoleWatch {
  readonly #seen: string[] = [];
  readonly #allowed: RegExp[] = [];

  /** Watches every page of a context. If a test opens a second context, it has to call this too. */
  watch(context: BrowserContext): void {
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      const { url, line } = message.location();
      this.#seen.push(`console ${message.type()}: ${message.text()} (${url}:${line})`);
    });
    context.on('weberror', (error) => {
      const thrown = error.error();
      this.#seen.push(`uncaught: ${thrown.stack ?? thrown.message}`);
    });
  }

  allow(...expected: Allowed[]): void {
    for (const entry of expected) {
      this.#allowed.push(
        typeof entry === 'number' ? new RegExp(`responded with a status of ${entry}\\b`) : entry,
      );
    }
  }

  /** The messages that no `allow` matches, before or after them. */
  unexpected(): string[] {
    return this.#seen.filter((line) => !this.#allowed.some((allowed) => allowed.test(line)));
  }
}
