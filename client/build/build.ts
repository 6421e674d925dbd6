/**
 * Builds what the server sends to browsers, into `public/`: for each language in `words/` the HTML
 * of the pages (`pages/LANG`) and their scripts (`assets/LANG`), and the library (`assets`).
 */
import { hash } from 'node:crypto';
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

/**
 * Scripts that others load if they need them, and that have a copy of what they share with those. Each comes before the
 * scripts that load it.
 */
const loadedLater = ['../vault/vault', 'sign-in/offer'];

/** Error pages have to work when scripts do not. */
const pagesWithoutScript = [
  ...['errors/not-found', 'errors/unavailable', 'errors/too-many-cookies'],
  ...['errors/app-problem', 'errors/expired', 'sign-out/sign-out', 'sign-out/signed-out'],
  'vault/vault',
];

export async function buildClient(publicFolder: string = here('../../public')): Promise<void> {
  await bundle([here(vault)], [here('../library/latchkey.ts')], `${publicFolder}/assets`);
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
  const [later, entries] = [loadedLater, pages].map((scripts) =>
    scripts.map((script) => here(`../pages/${script}.ts`)),
  ) as [string[], string[]];
  const outdir = `${publicFolder}/assets/${words['lang']}`;
  const scripts = await bundle(later, entries, outdir, inPlaceOfEnglish(wordsFile));
  const style = versioned('style.css', await readFile(here('../../public/style.css')));
  const addresses = new Map([...scripts, ['style.css', style]]);
  for (const page of [...pages, ...pagesWithoutScript]) {
    const html = await readFile(here(`../pages/${page}.html`), 'utf8');
    const withoutComments = (await insertParts(html)).replace(/ *<!--.*?-->\n?/gs, '');
    const path = `${publicFolder}/pages/${words['lang']}/${basename(page)}.html`;
    const filled = withVersions(fillIn(withoutComments, words), addresses);
    await writeChanged(path, Buffer.from(filled));
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

/** By the name of a file: the same with its version, a hash of the contents, so that browsers can keep it for good. */
type Addresses = ReadonlyMap<string, string>;

const versioned = (name: string, contents: Uint8Array): string =>
  `${name}?${hash('sha256', contents, 'base64url').slice(0, 8)}`;

const withVersions = (html: string, addresses: Addresses): string =>
  html.replaceAll(
    /(?<="\/(?:assets\/[\w-]+\/)?)[\w-]+\.(?:js|css)(?=")/g,
    (name) => addresses.get(name) ?? name,
  );

/** `later` one after the other, so that each script knows the versions of those that it loads. */
async function bundle(
  later: readonly string[],
  entryPoints: string[],
  outdir: string,
  ...plugins: Plugin[]
): Promise<Addresses> {
  const addresses = new Map<string, string>();
  for (const entries of [...later.map((each) => [each]), entryPoints]) {
    const files = await scriptsOf(entries, outdir, ...plugins, notYet(addresses));
    for (const { path, contents } of files) {
      await writeChanged(path, contents);
      addresses.set(basename(path), versioned(basename(path), contents));
    }
  }
  return addresses;
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
    plugins: [...plugins, notYet(), withoutSideEffects],
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
const notYet = (addresses: Addresses = new Map()): Plugin => ({
  name: 'not yet',
  setup({ onResolve }) {
    onResolve({ filter: /\.ts$/ }, ({ path, kind }) => {
      const name = `${basename(path, '.ts')}.js`;
      return kind === 'dynamic-import'
        ? { path: `./${addresses.get(name) ?? name}`, external: true }
        : null;
    });
  },
});

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
