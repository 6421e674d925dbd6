import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { codeBlocks, document, documentPaths, rows } from './testing/documents.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const decisions = documentPaths.filter((path) => /^docs\/decisions\/\d/.test(path));

/** The anchor that GitHub gives a heading. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}

function withoutCode(text: string): string {
  return text.replaceAll(/^ *```.*?^ *```$/gms, '');
}

function anchors(text: string): string[] {
  return rows(withoutCode(text), /^#+ (.+)$/gm).map(([title = '']) => slug(title));
}

/** Links and pictures to files of ours, and to headings in them. */
function deadLinks(path: string): string[] {
  const links = rows(withoutCode(document(path)), /(?:\]\(|src=")([^)"]+)/g).map(
    ([link = '']) => link,
  );
  return links.filter((link) => {
    if (/^https:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && !anchors(document(target)).includes(anchor);
  });
}

/** Sources that the text names, such as `server/main.ts`. */
function missingSources(path: string): string[] {
  return rows(document(path), /`((?:server|client|e2e|docs|migrations)\/[\w./-]*)`/g)
    .flat()
    .filter((file) => !existsSync(join(root, file)));
}

/** Fails if the code of a block can't be read as its language. */
const parsers: Readonly<Record<string, (code: string) => void>> = {
  sh: (code) => execFileSync('bash', ['-n'], { input: code }),
  ts: (code) => transformSync(code, { loader: 'ts' }),
  js: (code) => transformSync(code, { loader: 'js' }),
  html: (code) => {
    for (const [script = ''] of rows(code, /<script type="module">(.*?)<\/script>/gs))
      transformSync(script, { loader: 'js' });
  },
  json: (code) => {
    // One value, or one a line.
    for (const value of /^[[{]\n/.test(code) ? [code] : code.trimEnd().split('\n'))
      JSON.parse(value);
  },
};

describe.each(documentPaths)('%s', (path) => {
  it('links to files and headings that are there', () => {
    expect(deadLinks(path)).toEqual([]);
  });

  it('names sources that are there', () => {
    expect(missingSources(path)).toEqual([]);
  });

  it('shows code that can be read', () => {
    for (const { language, code } of codeBlocks(document(path)))
      expect(() => parsers[language]?.(code), code).not.toThrow();
  });
});

describe('the README', () => {
  it('is short', () => {
    expect(document('README.md').split('\n').length).toBeLessThanOrEqual(150);
  });

  it('leads to every page', () => {
    const pages = documentPaths.filter((path) => /^docs\/[^/]+$/.test(path));
    const linked = rows(document('README.md'), /\]\(([^)#]+)/g).flat();
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  });
});

describe('the changelog', () => {
  it('has the form of Keep a Changelog, and the version of the package', () => {
    const changelog = document('CHANGELOG.md');
    const { version } = JSON.parse(document('package.json')) as { version: string };
    const [unreleased, latest] = rows(changelog, /^## (.+)$/gm).flat();
    expect(unreleased).toBe('[Unreleased]');
    expect(latest).toMatch(new RegExp(`^\\[${version}\\] - \\d{4}-\\d\\d-\\d\\d$`));
    const kinds = new Set(rows(changelog, /^### (.+)$/gm).flat());
    const known = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];
    expect([...kinds].filter((kind) => !known.includes(kind))).toEqual([]);
  });
});

describe('the decisions', () => {
  it('are in the order of their numbers, and no two have one', () => {
    const numbers = decisions.map((path) =>
      Number(path.slice('docs/decisions/'.length).slice(0, 4)),
    );
    const once = [...new Set(numbers)].sort((one, other) => one - other);
    expect(numbers).toEqual(once);
  });

  it.each(decisions)(
    '%s has its number, date, status, context, decision and alternatives',
    (path) => {
      const number = Number(path.slice('docs/decisions/'.length).slice(0, 4));
      const form = new RegExp(
        `^# ${number}\\. .+\\n\\n- Date: \\d{4}-\\d\\d-\\d\\d\\n- Status: .+\\.\\n\\n` +
          '## Context\\n\\n.+\\n\\n## Decision\\n\\n.+\\n\\n## Alternatives\\n\\n- ',
        's',
      );
      expect(document(path)).toMatch(form);
    },
  );
});
