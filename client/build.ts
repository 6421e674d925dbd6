import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles the pages' scripts and the library into `public/assets`. */
export async function buildClient(
  outdir: string = fileURLToPath(new URL('../public/assets/', import.meta.url)),
): Promise<void> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  await build({
    entryPoints: [here('pages/sign-in.ts'), here('pages/account.ts'), here('library/latchkey.ts')],
    entryNames: '[name]',
    outdir,
    bundle: true,
    format: 'esm',
    // The oldest browsers whose passkeys are worth offering.
    target: ['safari16', 'ios16', 'chrome109', 'firefox119'],
    minify: true,
    sourcemap: 'linked',
    logLevel: 'error',
  });
}

if (import.meta.main) await buildClient();
