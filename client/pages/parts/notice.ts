import type { Explanation } from '../../words/explain.ts';

/**
 * Says something in a live region, or clears it. Regions stand below what they speak of, in a place
 * that is kept for them, so that nothing moves under a finger.
 */
export function notice(region: HTMLElement, said: Explanation | string = ''): void {
  const { tone, text } = typeof said === 'string' ? { tone: 'hint', text: said } : said;
  region.dataset['tone'] = tone;
  region.textContent = text;
}

/** Says that something was done. */
export function goodNews(region: HTMLElement, text: string): void {
  notice(region, { tone: 'good', text });
}
