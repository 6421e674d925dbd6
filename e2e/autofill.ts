/**
 * The autofill list, for tests: a conditional request stays open, as with a person who has not
 * touched the field yet, until `choose`.
 *
 * Chromium answers a conditional request the moment it is made, and one left open by a lack of
 * presence never notices that presence came back. So the request is really made, and left open;
 * `choose` makes it once more, with presence. The page sees one promise throughout.
 */
import type { Page } from 'playwright/test';
import type { VirtualAuthenticator } from './authenticator.ts';

declare global {
  interface Window {
    /** Answers the open conditional requests; how many there were. */
    __chooseFromAutofill?: () => number;
  }
}

interface Autofill {
  /** The person picks the passkey; it is up to the authenticator which, if it has several. */
  choose(): Promise<void>;
}

/** Call before the page is opened. Modal requests, too, stay open until `choose` was called. */
export async function holdAutofill(
  page: Page,
  authenticator: VirtualAuthenticator,
): Promise<Autofill> {
  await authenticator.setPresence(false);
  await page.addInitScript(holdConditionalRequests);
  return {
    async choose() {
      await authenticator.setPresence(true);
      const answered = await page.evaluate(() => window.__chooseFromAutofill?.() ?? 0);
      if (answered === 0) throw new Error('The page has no conditional request open');
    },
  };
}

/** Runs in the page. */
function holdConditionalRequests(): void {
  const { credentials } = navigator;
  const get = credentials.get.bind(credentials);
  const open = new Set<() => void>();
  window.__chooseFromAutofill = () => {
    const choices = [...open];
    for (const choose of choices) choose();
    return choices.length;
  };
  credentials.get = async (options) => {
    if (options?.mediation !== 'conditional') return get(options);
    const held = new AbortController();
    const abort = () => held.abort(options.signal?.reason);
    options.signal?.addEventListener('abort', abort);
    if (options.signal?.aborted) abort();
    let chosen = false;
    const choose = () => {
      chosen = true;
      held.abort();
    };
    open.add(choose);
    try {
      return await get({ ...options, signal: held.signal });
    } catch (error) {
      if (!chosen || options.signal?.aborted) throw error;
      return await get(options);
    } finally {
      open.delete(choose);
    }
  };
}
