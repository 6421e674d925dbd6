import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startTestApp } from '../testing/app.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-brand-'));
const logo = join(folder, 'logo.svg');
writeFileSync(logo, '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');

const plain = await startTestApp();
const branded = await startTestApp({
  env: {
    LOGO: logo,
    ACCENT_COLOR: '#7a1fa2',
    RP_NAME: 'Ann & Sons',
    HOME_URL: 'https://example.com/?a=1&b="2"',
    TERMS_URL: 'https://example.com/terms',
  },
});
afterAll(async () => {
  await plain.close();
  await branded.close();
  rmSync(folder, { recursive: true });
});

const asPerson = { accept: 'text/html' };
const pages = ['/sign-in', '/nothing'];

describe('a page of a site with a brand', () => {
  it.each(pages)('%s has its logo, colour and links, escaped', async (path) => {
    const { body } = await branded.browser().request('GET', path, undefined, asPerson);
    expect(body).toMatch(/<img class="emblem" src="\/logo\?[\w-]{8}" alt="">/);
    expect(body).toMatch(/<link rel="icon" href="\/logo\?[\w-]{8}">/);
    expect(body).toMatch(/<link rel="stylesheet" href="\/accent.css\?[\w-]{8}">/);
    expect(body).toContain(
      'href="https://example.com/?a=1&#38;b=&#34;2&#34;">Back to Ann &#38; Sons</a>',
    );
    expect(body).toContain('<a href="https://example.com/terms">Terms</a>');
    expect(body).not.toContain('Privacy');
    expect(body).not.toContain('{{');
  });

  it('has them on the page of the account, too', async () => {
    const browser = branded.browser();
    await browser.signUp(branded.newName(), branded.device());
    const { body } = await browser.get('/account');
    expect(body).toContain('<img class="mark" src="/logo?');
    expect(body).toContain('Back to Ann &#38; Sons');
  });

  it('can read them where they are', async () => {
    const page = (await branded.browser().get('/sign-in')).body;
    const [style, picture] = [/"(\/accent.css\?[^"]+)"/, /"(\/logo\?[^"]+)"/].map(
      (at) => at.exec(page)?.[1] ?? '',
    );
    const css = await branded.browser().get(style ?? '');
    expect(css.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(css.body).toMatch(
      /^:root\{--tint:#7a1fa2;.*\}\n@media \(prefers-color-scheme: dark\)\{:root\{.*\}\}\n$/,
    );
    const { headers } = await branded.browser().get(picture ?? '');
    expect(headers.get('content-type')).toBe('image/svg+xml');
    for (const each of [css.headers, headers])
      expect(each.get('cache-control')).toContain('immutable');
  });

  it('shows a logo that nothing in it can run from, even if it is opened by itself', async () => {
    const policy = (await branded.browser().get('/logo')).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain('sandbox');
  });

  it('is the same, whatever the address says', async () => {
    const query = '?home=https://evil.example&logo=//evil.example/x.png&rpName=Evil';
    for (const path of pages) {
      const { body } = await branded.browser().request('GET', path + query, undefined, asPerson);
      expect(body).not.toMatch(/evil/i);
    }
  });
});

describe('a page of a site without a brand', () => {
  it.each(pages)('%s has our own, and no links', async (path) => {
    const { body } = await plain.browser().request('GET', path, undefined, asPerson);
    expect(body).toContain('src="/icons/icon.svg"');
    expect(body).toContain('href="/icons/apple-touch-icon.png"');
    expect(body).not.toMatch(/accent|\/logo|Back to|\{\{/);
  });

  it.each(['/logo', '/accent.css'])('%s is not there', async (path) => {
    expect((await plain.browser().get(path)).status).toBe(404);
  });
});
