import type { Explanation } from '../../words/explain.ts';

/** Says something in a live region, or clears it. Regions stand next to what they speak of. */
export function notice(region: HTMLElement, said: Explanation | string = ''): void {
  const { tone, text } = typeof said === 'string' ? { tone: 'hint', text: said } : said;
  region.dataset['tone'] = tone;
  region.textContent = text;
}
