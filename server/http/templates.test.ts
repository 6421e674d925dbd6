import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readTemplate } from './templates.ts';

const folder = `${mkdtempSync(join(tmpdir(), 'latchkey-pages-'))}/`;
afterAll(() => rmSync(folder, { recursive: true }));

function template(texts: Record<string, string>, values: Record<string, string> = {}) {
  const root = `${mkdtempSync(join(folder, 'set-'))}/`;
  for (const [language, text] of Object.entries(texts)) {
    mkdirSync(`${root}pages/${language}`, { recursive: true });
    writeFileSync(`${root}pages/${language}/page.html`, text);
  }
  return readTemplate('page.html', values, root);
}

describe('a page', () => {
  const inThree = template({ en: 'Hello', de: 'Hallo', 'pt-BR': 'Olá' });

  it.each([
    ['Hallo', 'de-CH,de;q=0.9,en;q=0.5'],
    ['Hello', 'fr-FR,en;q=0.5,de;q=0.4'],
    ['Olá', 'pt-BR'],
    ['Hello', 'ja'],
    ['Hello', undefined],
    ['Hello', ''],
    ['Hello', '*'],
    ['Hello', ';;;q=x,\u0000'],
    ['Hello', `${'x-'.repeat(2000)}y`],
  ])('is in the language that is asked for if there is one: “%s” for %s', (text, header) => {
    expect(inThree(header)).toBe(text);
  });

  it('of one language is in that one', () => {
    expect(template({ en: 'Hello' })('de')).toBe('Hello');
  });
});

describe('a place', () => {
  it('takes a value as text; one without a value stays', () => {
    expect(template({ en: '{{name}} {{page}}' }, { name: '<b>&{{page}}' })()).toBe(
      '&#60;b&#62;&#38;{{page}} {{page}}',
    );
  });

  it('that depends on a value goes with it', () => {
    const text = '{{#logo}}<img src="{{logo}}">{{/logo}}{{^logo}}none{{/logo}}';
    expect(template({ en: text }, { logo: '/logo' })()).toBe('<img src="/logo">');
    expect(template({ en: text }, { logo: '' })()).toBe('none');
  });
});
