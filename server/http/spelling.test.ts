/** One spelling of every path, so that no rule of a proxy for one of them can be walked around. */
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';

const app = await startTestApp();
afterAll(() => app.close());

const paths = ['/metrics', '/healthz', '/openapi.json', '/sign-in', '/style.css', '/api/session'];
const variants: Readonly<Record<string, (path: string) => string>> = {
  'a slash at the end': (path) => `${path}/`,
  'two slashes at the beginning': (path) => `/${path}`,
  'a slash in the middle': (path) => path.replace(/.(\w+)$/, '//$1'),
  'a path parameter': (path) => `${path};x`,
  'a letter that is encoded': (path) =>
    path.replace(/[a-z](?=\w*$)/, (c) => `%${c.charCodeAt(0).toString(16)}`),
  'a slash that is encoded': (path) => path.replace('/', '/%2F'),
  'a capital letter': (path) => path.replace(/[a-z]/, (c) => c.toUpperCase()),
  'nothing but capital letters': (path) => path.toUpperCase(),
  'a backslash': (path) => path.replace('/', '/\\'),
  'a detour': (path) => `/nothing/..${path}`,
  'a dot': (path) => `/.${path}`,
  'a null byte': (path) => `${path}%00`,
};

/** As it stands, without what `fetch` makes of a path. */
async function statusOf(path: string): Promise<number> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    const asked = request({ port: app.port, host: 'localhost', path }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once('error', reject).end();
  });
}

describe.each(paths)('%s', (path) => {
  it('is there', async () => {
    expect(await statusOf(path)).not.toBe(404);
  });

  it.each(Object.entries(variants))('is not there with %s', async (_name, variant) => {
    expect(variant(path)).not.toBe(path);
    expect(await statusOf(variant(path))).toBe(404);
  });
});

it('a file of the pages is not there under a second spelling either', async () => {
  expect(await statusOf('/assets/latchkey.js')).toBe(200);
  for (const path of ['/assets/latchkey%2Ejs', '/assets//latchkey.js', '/assets/./latchkey.js']) {
    expect([path, await statusOf(path)]).toEqual([path, 404]);
  }
});
