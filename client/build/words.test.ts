/** Whatever the server can tell has words: read from its sources, because the client imports nothing of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { accountProblems, activity, invitationProblems, problems } from '../words/en.ts';

const source = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const found = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, name]) => name);

test('everything that happens in an account has a sentence', () => {
  const folder = 'server/records/audit';
  const files = readdirSync(fileURLToPath(new URL(`../../${folder}`, import.meta.url)));
  const kinds = files.flatMap((file) =>
    found(source(`${folder}/${file}`), /^ {2}'([a-z-]+)': (?:security|routine)</gm),
  );
  expect(kinds.length).toBeGreaterThan(20);
  expect(kinds.filter((kind) => !activity.byKind[kind ?? ''])).toEqual([]);
});

/** Only a client with a mistake in it sees them: they are nothing to a person. */
const mistakes = ['payload_too_large', 'unsupported_media_type'];
/** Their words depend on more than the code. */
const special = ['user_verification_required'];

/** For back ends and proxies alone. */
const forBackEnds = [
  ...['operator_key_required', 'operator_key_invalid', 'insufficient_scope'],
  'site_unknown',
];

test('every refusal has words', () => {
  const union = /\bcode:\n((?: +\| '[a-z_]+'\n?)+);/.exec(
    source('client/library/contract.ts'),
  )?.[1];
  const codes = found(union ?? '', /'([a-z_]+)'/g).map(String);
  expect(codes.length).toBeGreaterThan(15);
  const words = { ...problems.byCode, ...accountProblems, ...invitationProblems };
  const others = [...special, ...forBackEnds];
  const without = codes.filter((code) => !words[code] && !others.includes(code));
  expect(without).toEqual(mistakes.filter((code) => codes.includes(code)));
});
