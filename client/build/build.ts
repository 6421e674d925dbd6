/**
 * Builds what the server sends to browsers, into `public/`: for each language in `words/` the HTML
 * of the pages (`pages/LANG`) and their scripts (`assets/LANG`), and the library (`assets`).
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type OutputFile, type Plugin } from 'esbuild';
import { fillIn, type Words } from './fill-in.ts';
import { buildTypes } from './types.ts';
import { writeChanged } from './write-changed.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The cryptography of vaults: loaded when one is opened. */
const vault = '../vault/vault.ts';

const pages = [
  ...['sign-in/sign-in', 'sign-in/to-app', 'consent/consent', 'account/account'],
  ...['recovery/recover', 'recovery/enrol', 'recovery/stop-recovery', 'recovery/invite'],
];

/** Scripts that a page loads if it needs them, with what they share with it once more inside. */
const loadedLater = ['sign-in/offer', '../vault/vault'];

/** The errors say what is wrong when nothing else can be relied on. */
const pagesWithoutScript = [
  ...['errors/not-found', 'errors/unavailable', 'errors/too-many-cookies'],
  ...['errors/app-problem', 'errors/expired', 'sign-out/sign-out', 'sign-out/signed-out'],
  'vault/vault',
];

export async function buildClient(publicFolder: string = here('../../public')): Promise<void> {
  await bundle([here('../library/latchkey.ts'), here(vault)], `${publicFolder}/assets`);
  await buildTypes(publicFolder);
  for (const file of await readdir(here('../words'))) {
    // Named by a language's tag; whatever else is there has a longer name.
    if (/^[a-z]{2,3}(-\w+)*\.ts$/.test(file))
      await buildPages(here(`../words/${file}`), publicFolder);
  }
}

/** The pages in the language of one file of words. */
export async function buildPages(wordsFile: string, publicFolder: string): Promise<void> {
  const words: Words = await import(pathToFileURL(wordsFile).href);
  const entries = [...pages, ...loadedLater].map((script) => here(`../pages/${script}.ts`));
  await bundle(entries, `${publicFolder}/assets/${words['lang']}`, inPlaceOfEnglish(wordsFile));
  for (const page of [...pages, ...pagesWithoutScript]) {
    const html = await readFile(here(`../pages/${page}.html`), 'utf8');
    const withoutComments = (await insertParts(html)).replace(/ *<!--.*?-->\n?/gs, '');
    const path = `${publicFolder}/pages/${words['lang']}/${basename(page)}.html`;
    await writeChanged(path, Buffer.from(fillIn(withoutComments, words)));
  }
}

/** `{{> head}}` stands for `pages/parts/head.html`. */
async function insertParts(html: string): Promise<string> {
  const [before = '', ...rest] = html.split('{{> ');
  const inserted = rest.map(async (text) => {
    const [name = '', after = ''] = text.split(/\}\}(.*)/s);
    const part = await readFile(here(`../pages/parts/${name}.html`), 'utf8');
    return (await insertParts(part.trim())) + after;
  });
  return before + (await Promise.all(inserted)).join('');
}

async function bundle(entryPoints: string[], outdir: string, ...plugins: Plugin[]): Promise<void> {
  for (const { path, contents } of await scriptsOf(entryPoints, outdir, ...plugins)) {
    await writeChanged(path, contents);
  }
}

/** The scripts as they are sent, each with its source map before it; writes nothing. */
export async function scriptsOf(
  entryPoints: string[],
  outdir: string,
  ...plugins: Plugin[]
): Promise<OutputFile[]> {
  const { outputFiles } = await build({
    entryPoints,
    entryNames: '[name]',
    outdir,
    plugins: [...plugins, notYet, withoutSideEffects],
    bundle: true,
    format: 'esm',
    // The oldest browsers whose passkeys are worth offering.
    target: ['safari16', 'ios16', 'chrome109', 'firefox119'],
    // The words are English or any other language; escapes would make them longer.
    charset: 'utf8',
    minify: true,
    sourcemap: 'linked',
    logLevel: 'error',
    write: false,
  });
  return outputFiles;
}

/** What is imported by `import()` stays a file of its own, beside the script that loads it. */
const notYet: Plugin = {
  name: 'not yet',
  setup({ onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path: `./${basename(path, '.ts')}.js`, external: true } : null,
    );
  },
};

/** SimpleWebAuthn doesn't say that what of it is not used can be left out. */
const withoutSideEffects: Plugin = {
  name: 'without side effects',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^@simplewebauthn\/browser$/ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === 'resolved') return undefined;
      const found = await resolve(path, { ...rest, pluginData: 'resolved' });
      return { ...found, sideEffects: false };
    });
  },
};

/** The sources import the English words; another language has the same exports. */
function inPlaceOfEnglish(path: string): Plugin {
  return {
    name: 'language',
    setup({ onResolve }) {
      onResolve({ filter: /\/en\.ts$/ }, () => ({ path }));
    },
  };
}

if (import.meta.main) await buildClient();
