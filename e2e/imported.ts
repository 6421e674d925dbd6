/**
 * A person whose account and credential were imported: the credential on a virtual authenticator, and the account on
 * the server.
 */
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Page } from 'playwright/test';
import type { TestApp } from '../server/testing/app.ts';
import type { VirtualAuthenticator } from './authenticator.ts';
import { newName, signIn } from './person.ts';

interface Given {
  username?: string;
  rpId?: string;
  /** Further credentials of the account, in the form of an import line. No device of the test holds them. */
  others?: object[];
}

interface Imported {
  readonly username: string;
  readonly userHandle: string;
  readonly id: string;
}

/** The virtual authenticator's counter, one before it wraps around to 0: legacy systems had no counter and sent 0. */
export const counterBeforeZero = 0xffffffff;

/** Imports an account with a legacy credential of iOS. */
export async function importAccount(
  app: TestApp,
  authenticator: VirtualAuthenticator,
  { username = newName(), rpId = 'localhost', others = [] }: Given = {},
): Promise<Imported> {
  const userHandle = randomBytes(32).toString('base64url');
  const { privateKey, ...key } = legacyKey();
  const legacy = {
    ...{ ...key, rpId, name: 'My old iPhone', createdAt: '2021-09-20T12:00:00Z' },
    ...{ signCount: 0, transports: ['internal'] },
  };
  const more = others.map((other) => {
    const { id, publicKeyJwk } = legacyKey();
    return { id, publicKeyJwk, rpId, ...other };
  });
  await importLine(app, { username, userHandle, credentials: [legacy, ...more] });
  const { id } = key;
  await authenticator.add({ id, userHandle, privateKey, rpId, signCount: counterBeforeZero });
  return { username, userHandle, id };
}

/** Signs in for the first time after the import. */
export async function signInImported(
  page: Page,
  app: TestApp,
  authenticator: VirtualAuthenticator,
): Promise<Imported> {
  const imported = await importAccount(app, authenticator);
  await signIn(page, authenticator);
  return imported;
}

/** A key pair, and the credential ID that legacy iOS derived from it: the SHA-1 of the uncompressed point. */
function legacyKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return {
    id: createHash('sha1').update(Buffer.concat(point)).digest('base64url'),
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }),
    publicKeyJwk: { kty: 'EC', crv: 'P-256', x, y },
  };
}

async function importLine({ deps }: TestApp, line: object): Promise<void> {
  const { importAccounts } = await import('../server/commands/transfer/import.ts');
  const problems: string[] = [];
  const { store, config, now } = deps;
  await importAccounts(
    {
      ...{ store, now, rpId: config.rpId, operator: 'a test' },
      ...{ report: (problem) => problems.push(problem), progress: () => {} },
    },
    chunks(`${JSON.stringify(line)}\n`),
    { dryRun: false, stopping: new AbortController().signal },
  );
  if (problems.length > 0) throw new Error(problems.join('; '));
}

async function* chunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
