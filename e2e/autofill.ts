/**
 * The autofill list, for tests: a conditional request stays open until `choose`, as if the person had not
 * touched the field yet.
 *
 * Chromium's virtual authenticator answers a conditional request at once. Without user presence the request stays
 * open, but it never notices that presence was turned on again. So the request is made without presence, and
 * `choose` makes it again with presence. The page sees a single promise.
 */
import type { Page } from 'playwright/test';
import type { VirtualAuthenticator } from './authenticator.ts';

declare global {
  interface Window {
    /** Answers the open conditional requests. Returns how many there were. */
    __chooseFromAutofill?: () => number;
    /** How many conditional requests are open. */
    __openForAutofill?: () => number;
  }
}

interface Autofill {
  /** The person picks a passkey; if there are several, the authenticator decides which. */
  choose(): Promise<void>;
}

/** Call it before the page is opened. Modal requests stay open until `choose` too. */
export async function holdAutofill(
  page: Page,
  authenticator: VirtualAuthenticator,
): Promise<Autofill> {
  await authenticator.setPresence(false);
  await page.addInitScript(holdConditionalRequests);
  return {
    async choose() {
      // With presence, a request that is made only now would be answered at once, and nobody would have chosen.
      const open = await page.evaluate(() => window.__openForAutofill?.() ?? 0);
      if (open === 0) throw new Error('The page has no conditional request open');
      await authenticator.setPresence(true);
      await page.evaluate(() => window.__chooseFromAutofill?.());
    },
  };
}

/** Runs in the page. */
function holdConditionalRequests(): void {
  const { credentials } = navigator;
  const get = credentials.get.bind(credentials);
  const open = new Set<() => void>();
  window.__openForAutofill = () => open.size;
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
