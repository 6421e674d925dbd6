/**
 * Garbled bodies, thousands of them, of both verify calls: whatever arrives, the answer is a refusal
 * with a code, never a 5xx, and nothing changes.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problems } from '../errors.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { attestationCertificate, model, packedAttestation } from '../testing/attestation.ts';
import type { Attestation } from '../testing/bend.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { authority } from '../testing/certificate.ts';
import { pem } from '../testing/metadata.ts';

/** Refusals take their time on purpose, so that many bodies are on their way at once. */
const [runs, atOnce] = [100, 15];
let app: TestApp;
let browser: TestBrowser;
let before: unknown;
let registration: object;
let assertion: object;

/** Attested, and asked for: then a signature covers all of a registration, and with "none" nothing would. */
async function startAttested(): Promise<{ attested: TestApp; attestation: Attestation }> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-garbled-'));
  const root = authority('Maker root');
  writeFileSync(join(folder, 'roots.pem'), pem(root));
  writeFileSync(join(folder, 'policies.json'), '{"default":{"attestation":"direct"}}');
  const env = {
    CREDENTIAL_POLICIES: join(folder, 'policies.json'),
    ATTESTATION_ROOTS: join(folder, 'roots.pem'),
  };
  const attested = await startTestApp({ env });
  rmSync(folder, { recursive: true });
  return { attested, attestation: packedAttestation(attestationCertificate(root)) };
}

beforeAll(async () => {
  const { attested, attestation } = await startAttested();
  app = attested;
  browser = app.browser();
  const authenticator = app.device({ aaguid: model });
  await app.browser().signUp('ann', authenticator, { attestation });
  registration = await app
    .device({ aaguid: model })
    .create(await browser.creationOptions({ username: 'bob' }), { attestation });
  assertion = await authenticator.get(await browser.requestOptions());
  before = await app.contents();
});
afterAll(() => app.close());

async function expectRefused(path: string, body: unknown): Promise<void> {
  const answer = await browser.post(path, body);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(Object.keys(problems)).toContain(answer.body.code);
}

async function always<Value>(
  value: fc.Arbitrary<Value>,
  check: (value: Value) => Promise<void>,
): Promise<void> {
  const values = fc.array(value, { minLength: atOnce, maxLength: atOnce });
  const property = fc.asyncProperty(values, async (all) => {
    await Promise.all(all.map(check));
  });
  await fc.assert(property, { numRuns: runs });
}

/** Every path to a leaf of a JSON value. */
function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function put(value: unknown, [key, ...rest]: string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  const object = value as Record<string, unknown>;
  return { ...object, [key]: put(object[key], rest, leaf) };
}

/** One character of base64url, another one: the bytes behind it differ in a few bits. */
function garble(text: string, at: number, character: string): string {
  const index = at % text.length;
  return text.slice(0, index) + character + text.slice(index + 1);
}

const character = fc.constantFrom(...'ABCDEFGHabcdefgh0123456789-_=+/ é\u0000');
const signed = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature'];

describe.each([
  ['/api/registration/verify', () => registration, ['clientDataJSON', 'attestationObject']],
  [
    '/api/authentication/verify',
    () => assertion,
    signed.filter((key) => key !== 'attestationObject'),
  ],
] as const)('%s', (path, real, members) => {
  it('survives any JSON', async () => {
    await always(fc.jsonValue(), (body) => expectRefused(path, JSON.stringify(body)));
    expect(await app.contents()).toEqual(before);
  });

  it('survives any one member of a real body being anything', async () => {
    const places = leaves(real()).filter(
      (place) =>
        members.some((key) => place.includes(key)) ||
        ['id', 'rawId', 'type'].includes(place[0] ?? ''),
    );
    await always(fc.tuple(fc.constantFrom(...places), fc.jsonValue()), ([place, leaf]) =>
      expectRefused(path, put(real(), place, leaf)),
    );
    expect(await app.contents()).toEqual(before);
  });

  it('survives any few characters of what was signed being others', async () => {
    const place = fc.record({
      member: fc.constantFrom(...members),
      changes: fc.array(fc.tuple(fc.nat(4000), character), { minLength: 1, maxLength: 4 }),
    });
    await always(place, async ({ member, changes }) => {
      const { response } = real() as { response: Record<string, string> };
      const text = changes.reduce((so, [at, to]) => garble(so, at, to), response[member] ?? '');
      if (text === response[member]) return;
      await expectRefused(path, put(real(), ['response', member], text));
    });
    expect(await app.contents()).toEqual(before);
  });
});

it('the bodies were real ones: unchanged, both still go through', async () => {
  expect((await browser.post('/api/authentication/verify', assertion)).status).toBe(200);
  expect((await browser.post('/api/registration/verify', registration)).status).toBe(201);
});
