import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentNames } from './config.ts';
import { problems } from './errors.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const rows = (pattern: RegExp) => [...readme.matchAll(pattern)].map((match) => match.slice(1));

describe('the README', () => {
  it('lists every error code with its status, and no other', () => {
    const listed = Object.fromEntries(rows(/^\| `([a-z_]+)` +\| (\d{3}) +\|/gm));
    const known = Object.entries(problems).map(([code, { status }]) => [code, String(status)]);
    expect(listed).toEqual(Object.fromEntries(known));
  });

  it('lists every variable of the configuration, and no other', () => {
    const listed = rows(/^\| `([A-Z_]+)` +\|/gm).map(([name]) => name);
    expect(listed.sort()).toEqual([...environmentNames].sort());
  });
});
