/**
 * Nothing may go wrong unseen: every console error and warning, uncaught error and CSP violation of
 * a browser context is kept, and what no test has allowed fails it. Chromium reports a failed fetch
 * (4xx, 5xx) and a CSP violation as console errors, so this one list has them all.
 */
import type { BrowserContext } from 'playwright/test';

/** A number allows the console error of a response with that status. */
export type Allowed = RegExp | number;

export class ConsoleWatch {
  readonly #seen: string[] = [];
  readonly #allowed: RegExp[] = [];

  /** Watches every page of a context; a test that opens a second context has it watched too. */
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

  /** What was seen and not allowed, whenever it was allowed. */
  unexpected(): string[] {
    return this.#seen.filter((line) => !this.#allowed.some((allowed) => allowed.test(line)));
  }
}
