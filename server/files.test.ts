import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFile, createPrivate, replaceFile, takeFromOthers } from './files.ts';
import { newFolder } from './testing/folder.ts';

let path: string;
let folder: string;
beforeEach(() => {
  folder = newFolder();
  path = join(folder, 'file');
});

const modeOf = (name: string) => statSync(name).mode & 0o777;
const fill = (text: string) => (draft: string) => writeFileSync(draft, text);

describe('a file that is made', () => {
  it('is its owner’s alone, and leaves no draft', async () => {
    expect(await createFile(path, fill('whole'))).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('whole');
    expect(modeOf(path)).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('overwrites nothing, also not what came meanwhile', async () => {
    const isMade = await createFile(path, (draft) => {
      writeFileSync(path, 'theirs');
      writeFileSync(draft, 'ours');
    });
    expect([isMade, readFileSync(path, 'utf8')]).toEqual([false, 'theirs']);
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('is made once by twenty at once', async () => {
    const texts = Array.from({ length: 20 }, (_, index) => String(index));
    const made = await Promise.all(texts.map((text) => createFile(path, fill(text))));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(readFileSync(path, 'utf8')).toBe(texts[made.indexOf(true)]);
  });

  it('is not there if it could not be written', async () => {
    const failing = createFile(path, () => Promise.reject(new Error('full')));
    await expect(failing).rejects.toThrow('full');
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('a file that is replaced is whole, and the old one stays if it could not be written', async () => {
  await replaceFile(path, fill('old'));
  const failing = replaceFile(path, () => Promise.reject(new Error('full')));
  await expect(failing).rejects.toThrow('full');
  expect(readFileSync(path, 'utf8')).toBe('old');
  await replaceFile(path, fill('new'));
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(modeOf(path)).toBe(0o600);
});

describe('who may read a file', () => {
  it.each([
    [0o644, 0o600],
    [0o666, 0o600],
    [0o604, 0o600],
    // Somebody wanted that.
    [0o640, 0o640],
    [0o400, 0o400],
  ])('%o becomes %o', (before, after) => {
    writeFileSync(path, '');
    chmodSync(path, before);
    takeFromOthers(path);
    expect(modeOf(path)).toBe(after);
  });

  it('is the owner alone if it is made, whatever the umask', () => {
    const umask = process.umask(0);
    createPrivate(path);
    process.umask(umask);
    expect(modeOf(path)).toBe(0o600);
  });

  it('is no question for a file that is not there', () => {
    expect(() => takeFromOthers(path)).not.toThrow();
  });
});
