import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { writeChanged } from './write-changed.ts';

const title = '/** The types of `/assets/latchkey.js`, the browser library of Latchkey. */';

/**
 * The types of the library in one file, `assets/latchkey.d.ts`, for those who write TypeScript. They
 * are read off the sources, so each export of the library has to say its type.
 */
export async function buildTypes(publicFolder: string): Promise<void> {
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  const bundle = await rolldown({
    input: here('../library/latchkey.ts'),
    plugins: [dts({ emitDtsOnly: true, generator: 'oxc', tsconfig: here('../tsconfig.json') })],
  });
  const { output } = await bundle.generate();
  const [{ code }] = output;
  await writeChanged(`${publicFolder}/assets/latchkey.d.ts`, Buffer.from(`${title}\n\n${code}`));
}
