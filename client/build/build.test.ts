import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as english from '../words/en.ts';
import { buildClient, buildPages } from './build.ts';

/** A language in which every text is in brackets. It is one file, as any second language would be. */
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-words-'));
  const words = join(folder, 'qx.ts');
  await writeFile(words, bracketed());
  await buildPages(words, folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function bracketed(): string {
  const source = (value: unknown): string => {
    if (typeof value === 'function') return "() => '⟦0⟧'";
    if (typeof value === 'string') return JSON.stringify(value && `⟦${value.length}⟧`);
    const members = Object.entries(value as object);
    return `{ ${members.map(([key, of]) => `${JSON.stringify(key)}: ${source(of)}`).join(', ')} }`;
  };
  const exports = Object.entries({ ...english }).map(
    ([name, value]) => `export const ${name} = ${name === 'lang' ? "'qx'" : source(value)};`,
  );
  return exports.join('\n');
}

/** What the HTML of a page says to people, and what of it is no word of the language. */
async function said(page: string) {
  const html = await readFile(join(folder, `pages/qx/${page}.html`), 'utf8');
  expect(html).toContain('<html lang="qx"');
  const texts = [...html.replace(/<script.*?<\/script>/gs, '').matchAll(/>([^<>]+)</g)];
  const attributes = [...html.matchAll(/(?:aria-label|placeholder|title)="([^"]*)"/g)];
  const all = [...texts, ...attributes].map(([, text = '']) => text.trim()).filter(Boolean);
  const other = all
    .map((text) => text.replaceAll(/⟦\d+⟧|\{\{[#^/]?\w+\}\}[\w/-]*|[\s–]/g, ''))
    .filter(Boolean);
  return { html, all, other };
}

test.each(['sign-in', 'to-app', 'consent', 'account'])(
  'the HTML of %s says nothing but words',
  async (page) => {
    const { html, all, other } = await said(page);
    expect(all.length).toBeGreaterThan(10);
    expect(other).toEqual([]);
    expect(html).toContain(`src="/assets/qx/${page}.js"`);
  },
);

const pagesWithoutScript = [
  ...['not-found', 'unavailable', 'too-many-cookies'],
  ...['app-problem', 'expired', 'sign-out', 'signed-out'],
];

test.each(pagesWithoutScript)(
  'the HTML of %s says nothing but words, and needs no script',
  async (page) => {
    const { html, all, other } = await said(page);
    expect(all.length).toBeGreaterThan(2);
    expect(other).toEqual([]);
    expect(html).not.toContain('<script');
  },
);

/** Two words and more in a row, in quotes. */
const sentence = /(["'`])(?:[A-Z][a-z’]*|[^"'`\\]*⟦)(?: [a-zA-Z’]+[.,?!]?)+\1/g;

test.each(['sign-in', 'to-app', 'consent', 'offer', 'account'])(
  'the script of %s says nothing but words',
  async (page) => {
    const script = await readFile(join(folder, `assets/qx/${page}.js`), 'utf8');
    expect(script).toContain('⟦');
    expect(script.match(sentence)).toBeNull();
  },
);

/** What a person waits for before the sign-in page is of use, on the wire. */
const budget = 10 * 1024;

/** What the page on the way to an app needs beside the sign-in. */
const forApps = 1024;

test.each([
  ['sign-in', budget],
  ['to-app', budget + forApps],
])('the script of the page %s stays small', async (page, most) => {
  await buildClient(folder);
  const script = await readFile(join(folder, `assets/en/${page}.js`));
  expect(gzipSync(script).length).toBeLessThanOrEqual(most);
});
