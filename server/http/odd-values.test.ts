/** Whatever stands in a body, the answer is one that the document names: nothing from outside is a fault of ours. */
import { afterAll, expect, it } from 'vitest';
import { makeOperatorKey } from '../administration/operator-keys.ts';
import { operatorScopes } from '../records/operator-key.ts';
import { startAppleApp } from '../testing/apple/web.ts';
import { openMailbox } from '../testing/mailbox.ts';
import { endpointsFor } from './endpoints.ts';

const mailbox = await openMailbox();
const app = await startAppleApp({
  env: {
    ...mailbox.env,
    ...{ FORWARD_AUTH_ORIGINS: 'http://localhost:8080', TRUST_PROXY: 'loopback' },
  },
});
afterAll(async () => {
  await app.close();
  await mailbox.close();
});

const odd = ['a\u0000b', '\ud800', 'x'.repeat(256), '', -1, 1e300, null, {}, ['a']];

/** Every path to a member of a JSON value. */
function places(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    [...path, key],
    ...places(inner, [...path, key]),
  ]);
}

function put(value: unknown, [key = '', ...rest]: string[], leaf: unknown): unknown {
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = rest.length === 0 ? leaf : put(copy[key], rest, leaf);
  return copy;
}

// The bodies of ceremonies have a test of their own: `garbled-bodies.test.ts`.
const rows = endpointsFor(app.deps.config).filter(({ ceremony }) => ceremony === undefined);
const calls = rows.flatMap(({ method, path, who, body }) =>
  [body?.meta()?.examples ?? []].flat().map((example) => ({ method, path, who, example })),
);

it('the document has an example of nearly every body', () => {
  expect(calls.length).toBeGreaterThan(20);
});

it('any member of any body may be anything', async () => {
  const given = { name: 'odd', scopes: operatorScopes, days: 1 };
  const { secret } = await makeOperatorKey({ ...app.deps, operator: 'root' }, given);
  const browser = app.browser();
  const { body: signedUp } = await browser.signUp(app.newName(), app.device());
  for (const { method, path, who, example } of calls) {
    const headers: Record<string, string> =
      who === 'operator' ? { authorization: `Bearer ${secret}` } : {};
    const target = path.replace(/\{\w+\}/, signedUp.user.id);
    for (const place of places(example)) {
      const bodies = odd.map((value) => JSON.stringify(put(example, place, value)));
      const answers = await Promise.all(
        bodies.map((each) => browser.request(method.toUpperCase(), target, each, headers)),
      );
      const faults = answers.flatMap(({ status }, index) => (status < 500 ? [] : bodies[index]));
      expect({ path, faults }).toEqual({ path, faults: [] });
    }
  }
  const levels = app.logLines.map((line) => (JSON.parse(line) as { level: number }).level);
  expect(levels.filter((level) => level >= 50)).toEqual([]);
});
