import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as english from '../words/en.ts';
import { buildClient, buildPages, scriptsOf } from './build.ts';

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
    expect(html).toContain(`src="/assets/qx/${page}.js?`);
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

test.each(['sign-in', 'to-app', 'consent', 'offer', 'account', 'invite'])(
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

/** What the vault adds to the script of the sign-in page; what opens one comes later, to those who have one. */
const forVaults = 2 * 1024;

test('what vaults add to the script of the sign-in page stays small', async () => {
  const entry = fileURLToPath(new URL('../pages/sign-in/sign-in.ts', import.meta.url));
  const [whole, without] = await Promise.all([sizeOf(entry), sizeOf(entry, withoutVault)]);
  expect(whole - without).toBeGreaterThan(0);
  expect(whole - without).toBeLessThanOrEqual(forVaults);
});

/** On the wire, of the script that is built from `entry`. */
async function sizeOf(entry: string, ...plugins: Plugin[]): Promise<number> {
  const files = await scriptsOf([entry], folder, ...plugins);
  return gzipSync(files.find(({ path }) => path.endsWith('.js'))?.contents ?? '').length;
}

/** In the place of what the page has for vaults alone: the same exports, which do nothing. */
const withoutVault: Plugin = {
  name: 'without vault',
  setup({ onLoad }) {
    onLoad({ filter: /client\/library\/prf-answers\.ts$/ }, () => ({
      contents: 'export const holdAnswers = async () => {};',
    }));
    onLoad({ filter: /client\/library\/hand-over\.ts$/ }, () => ({
      contents: ['handOver', 'forgetStaleHandOver', 'forgetHandOver']
        .map((name) => `export const ${name} = async () => {};`)
        .join('\n'),
    }));
    onLoad({ filter: /client\/vault\// }, ({ path }) => {
      throw new Error(`the sign-in page loads ${path}`);
    });
  },
};

test.each([
  ['sign-in', budget],
  ['to-app', budget + forApps],
])('the script of the page %s stays small', async (page, most) => {
  await buildClient(folder);
  const script = await readFile(join(folder, `assets/en/${page}.js`));
  expect(gzipSync(script).length).toBeLessThanOrEqual(most);
});
