/** What the server gets to see of a vault: ciphertext, whatever its owner does. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright/test';
import type { TestApp } from '../server/testing/app.ts';
import { attachAuthenticator, passkeyProvider, securityKey } from './authenticator.ts';
import { expect, test } from './fixtures.ts';
import { passkeys, signInAgain, signUp } from './person.ts';
import { answerAs, makeCode, notes, openWithCode, vaultOf, write } from './vault.ts';

test.use({ authenticatorOptions: { ...passkeyProvider, hasPrf: true } });

/** Every secret that comes into being in the page: outputs, data keys, the lineage, private keys, the root, codes. */
async function watchSecrets(page: Page): Promise<Set<string>> {
  const secrets = new Set<string>();
  await page.exposeFunction('secret', (hex: string) => void secrets.add(hex));
  await page.addInitScript(() => {
    const tell = (bytes: ArrayBuffer | ArrayBufferView) => {
      const view = ArrayBuffer.isView(bytes)
        ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        : new Uint8Array(bytes);
      const hex = [...view].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return (window as unknown as { secret(hex: string): Promise<void> }).secret(hex);
    };
    const { prototype } = SubtleCrypto;
    const importKey = prototype.importKey as (...given: unknown[]) => Promise<CryptoKey>;
    prototype.importKey = async function (this: SubtleCrypto, ...given: unknown[]) {
      const [format, data, algorithm] = given as [string, BufferSource | JsonWebKey, unknown];
      if (format === 'raw' && algorithm === 'HKDF') await tell(data as BufferSource);
      const { d } = data as JsonWebKey;
      if (format === 'jwk' && d) {
        const text = atob(d.replaceAll('-', '+').replaceAll('_', '/'));
        await tell(Uint8Array.from(text, (character) => character.charCodeAt(0)));
      }
      return importKey.call(this, ...given);
    } as typeof prototype.importKey;
    const deriveKey = prototype.deriveKey as (...given: unknown[]) => Promise<CryptoKey>;
    prototype.deriveKey = async function (this: SubtleCrypto, ...given: unknown[]) {
      // The salt of a seal is the lineage.
      const { salt } = given[0] as { salt: Uint8Array };
      if (salt.byteLength > 0) await tell(salt);
      return deriveKey.call(this, ...given);
    } as typeof prototype.deriveKey;
  });
  return secrets;
}

/** Everything that goes over the wire, in both directions. */
function watchTraffic(page: Page): () => Promise<string> {
  const said: Promise<string>[] = [];
  page.on('request', (request) => {
    const { url, headers, postData } = {
      url: request.url(),
      headers: request.headers(),
      postData: request.postData(),
    };
    said.push(Promise.resolve(`${url}\n${JSON.stringify(headers)}\n${postData ?? ''}`));
  });
  page.on('response', (response) => {
    said.push(response.text().catch(() => ''));
  });
  return async () => (await Promise.all(said)).join('\n');
}

/** A secret as it might be found: its bytes, hex, and base64 of both kinds at each of the three offsets. */
function formsOf(secret: Buffer): string[] {
  const shifted = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), secret]).toString('base64url');
    // What the neighbours decide is left away, at both ends.
    return text.slice(offset === 0 ? 0 : offset + 1).slice(0, -3);
  });
  const standard = shifted.map((text) => text.replaceAll('-', '+').replaceAll('_', '/'));
  const hex = secret.toString('hex');
  return [secret.toString('latin1'), hex, hex.toUpperCase(), ...shifted, ...standard];
}

/** All texts and bytes of a value, one after the other; bytes as they are. */
function flatten(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).map(flatten).join('\n');
}

async function stored(app: TestApp): Promise<string> {
  const contents = flatten(await app.contents());
  const { database } = app.deps.config;
  if (database.kind !== 'file') return contents;
  const files = ['', '-wal'].map((suffix) => readFileSync(database.path + suffix, 'latin1'));
  return [contents, ...files].join('\n');
}

test('of a whole life of a vault the server sees ciphertext alone', async ({
  page,
  app,
  authenticator,
  allowConsole,
}) => {
  allowConsole(409);
  const secrets = await watchSecrets(page);
  const traffic = watchTraffic(page);
  const plaintexts = ['the first secret words', 'the second secret words'];
  const [first = '', second = ''] = plaintexts;

  await signUp(page);
  await expect(notes.open(page)).toBeVisible();
  await write(page, first);
  const code = await makeCode(page);
  await authenticator.setPresence(false);
  const key = await attachAuthenticator(page, { ...securityKey, hasPrf: true });
  await page.getByRole('button', { name: 'Add a passkey', exact: true }).click();
  await expect(passkeys(page)).toHaveCount(2);
  await expect.poll(async () => (await vaultOf(page)).envelopes.length).toBe(3);
  await key.setPresence(false);
  await authenticator.setPresence(true);
  await answerAs(page, 'another device');
  await signInAgain(page, authenticator);
  await openWithCode(page, code);
  await write(page, second);
  await passkeys(page).last().getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(passkeys(page)).toHaveCount(1);
  await expect.poll(() => vaultOf(page)).toMatchObject({ rotationDue: false });

  expect(secrets.size).toBeGreaterThan(8);
  const bytes = [
    ...[...secrets].map((hex) => Buffer.from(hex, 'hex')),
    ...[code, code.replaceAll('-', ''), ...plaintexts].map((text) => Buffer.from(text)),
  ];
  const places = {
    traffic: await traffic(),
    log: app.logLines.join('\n'),
    database: await stored(app),
  };
  const findIn = (text: string, wanted: readonly Buffer[]) =>
    wanted.flatMap(formsOf).filter((form) => text.includes(form));
  // It would see a secret if there was one: what is no secret is found on the way and where it is kept.
  const { envelopes, data = '' } = await vaultOf(page);
  const known = [data, ...envelopes.map((each) => each.wrappedKey)];
  for (const text of known) {
    const bytes = Buffer.from(text, 'base64url');
    expect(findIn(places.traffic, [bytes])).not.toEqual([]);
    expect(findIn(places.database, [bytes])).not.toEqual([]);
  }
  for (const [place, text] of Object.entries(places)) {
    expect([place, findIn(text, bytes)]).toEqual([place, []]);
  }
});
