import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../config.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-brand-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';

describe('a logo', () => {
  it('is read once, with its type', () => {
    const { logo } = loadConfig({ LOGO: file('logo.svg', svg) });
    expect(logo).toEqual({ type: 'image/svg+xml', bytes: Buffer.from(svg) });
  });

  it.each([
    ['is not there', join(folder, 'none.png'), 'LOGO: expected a file: ENOENT'],
    ['is no picture', file('page.html', '<html>'), 'LOGO: expected a file in PNG'],
    ['is a folder', folder, 'LOGO: expected a file: EISDIR'],
    ['is too large', file('big.svg', svg.padEnd(262_145)), 'LOGO: expected at most 262144 bytes'],
  ])('that %s is named at start', (_, path, problem) => {
    expect(problemsOf({ LOGO: path })).toEqual([expect.stringContaining(problem)]);
  });
});

describe('an accent', () => {
  it('that can’t be read is named at start, with one that can', () => {
    expect(problemsOf({ ACCENT_COLOR: '#ffcc00,#ffcc00' })).toEqual([
      expect.stringMatching(/^ACCENT_COLOR: #ffcc00 has .* light pages, and 4.5 is needed: #/),
    ]);
  });
});

describe('a link', () => {
  it.each(['HOME_URL', 'TERMS_URL', 'PRIVACY_URL', 'HELP_URL'])('%s is https', (name) => {
    expect(problemsOf({ [name]: 'https://example.com/x' })).toEqual([]);
    for (const bad of ['/terms', 'javascript:alert(1)', 'http://example.com', 'data:text/html,x']) {
      expect(problemsOf({ [name]: bad })).toEqual([
        expect.stringContaining(`${name}: expected https`),
      ]);
    }
  });

  it('to help may be a mailbox, another one may not', () => {
    expect(loadConfig({ HELP_URL: 'mailto:help@example.com' }).links.help).toContain('mailto:');
    expect(problemsOf({ TERMS_URL: 'mailto:help@example.com' })).toHaveLength(1);
  });
});

it('there is no brand unless somebody gives one', () => {
  const { logo, accent, links } = loadConfig({});
  expect([logo, accent, ...Object.values(links)]).toEqual(Array(6).fill(undefined));
});
