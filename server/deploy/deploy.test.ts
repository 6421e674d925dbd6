/** What operators are given to run it with says the same as the code. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { environmentNames } from '../config.ts';
import { createMetrics } from '../metrics.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

describe('the dashboard', () => {
  const { panels } = JSON.parse(read('server/deploy/grafana.json')) as { panels: Panel[] };
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

  it('asks for metrics that there are, and for every one of our own', async () => {
    const text = await createMetrics().text();
    const known = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    const asked = queries.flatMap((query) => query.match(/\b(latchkey|nodejs|process)_\w+/g) ?? []);
    const names = new Set(
      asked.map((name) => name.replace(/(?<=_seconds)_(bucket|sum|count)$/, '')),
    );
    expect([...names].filter((name) => !known.includes(name))).toEqual([]);
    expect(known.filter((name) => name?.startsWith('latchkey_') && !names.has(name))).toEqual([]);
  });

  it('asks by labels that they have', () => {
    const ours = ['ceremony', 'outcome', 'mediation', 'attachment', 'provider', 'route', 'status'];
    const known = [...ours, 'operation', 'limit', 'kind', 'channel', 'le', 'job', 'instance'];
    for (const query of queries) {
      const groups = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, by = '']) =>
        by.split(', '),
      );
      const selectors = [...query.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label]) => label);
      expect(known).toEqual(expect.arrayContaining([...groups, ...selectors]));
    }
  });
});

describe('what starts the server', () => {
  const files = ['Dockerfile', 'compose.yaml', 'server/deploy/latchkey.service'];

  it.each(files)('%s names files and variables that there are', (file) => {
    const text = read(file);
    for (const [script] of text.matchAll(/server\/[a-z]+\.ts/g)) {
      expect(existsSync(new URL(script, root))).toBe(true);
    }
    const foreign = /^(NODE_OPTIONS|NODE_IMAGE|POSTGRES_\w+)$/;
    const set = [...text.matchAll(/\b([A-Z][A-Z_]{3,})(?:=|: )(?!$)/g)].map(
      ([, name]) => name ?? '',
    );
    expect(set.filter((name) => !environmentNames.includes(name) && !foreign.test(name))).toEqual(
      [],
    );
  });

  it('lets nobody but the machine itself reach it, until its proxy does', () => {
    expect(read('server/deploy/latchkey.service')).toMatch(/^Environment=.* HOST=127\.0\.0\.1 /m);
    expect(read('compose.yaml')).toContain('"127.0.0.1:3000:3000"');
  });

  it('runs the version of Node that the tests run on', () => {
    const [major] = process.versions.node.split('.');
    const image = /^ARG NODE_IMAGE=(node:\d+-slim)$/m.exec(read('Dockerfile'))?.[1];
    expect(image).toBe(`node:${major}-slim`);
    const stages = read('Dockerfile').match(/^FROM .*$/gm) ?? [];
    expect(stages).toHaveLength(3);
    for (const stage of stages) expect(stage).toMatch(/^FROM \$\{NODE_IMAGE\}( AS \w+)?$/);
    expect(read('compose.yaml')).toContain(`NODE_IMAGE: \${NODE_IMAGE:-${image}}`);
  });
});
