/** Files of the pages: browsers keep what a page names by its version. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const cacheControl = async (path: string) => {
  const { status, headers } = await app.browser().get(path);
  return [status, headers.get('cache-control')];
};
const kept = [200, 'public, max-age=31536000, immutable'];
const askedAgain = [200, 'public, max-age=0'];

/** The scripts and styles that the sign-in page names, and what its script loads later. */
async function named(): Promise<string[]> {
  const page: string = (await app.browser().get('/sign-in')).body;
  const files = [...page.matchAll(/"(\/[^"]+\.(?:js|css)\b[^"]*)"/g)].map(([, path = '']) => path);
  const script = files.find((path) => path.includes('.js')) ?? '';
  const { body } = await app.browser().get(script);
  const [, later] = /import\("\.(\/offer[^"]+)"\)/.exec(body) ?? [];
  return [...files, `/assets/en${later}`];
}

it('are kept for good under the addresses that pages and scripts name', async () => {
  const files = await named();
  expect(files).toHaveLength(3);
  for (const path of files) expect([path, ...(await cacheControl(path))]).toEqual([path, ...kept]);
});

it('are asked for again under another version, which another node may have, and under none', async () => {
  for (const path of await named()) {
    const [file = ''] = path.split('?');
    for (const other of [file, `${file}?`, `${file}?AAAAAAAA`, `${path}&x`]) {
      expect([other, ...(await cacheControl(other))]).toEqual([other, ...askedAgain]);
    }
  }
});
