import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { openStore } from '../store/open.ts';
import { openOidc } from './open.ts';
import { readSigningKeys } from './signing-keys.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-open-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const web = {
  client_id: 'web',
  client_secret: 'a secret of a client that is long enough',
  redirect_uris: ['https://web.example.com/cb'],
};

async function open(clients: readonly object[]) {
  writeFileSync(join(folder, 'clients.json'), JSON.stringify(clients));
  const env = { OIDC_CLIENTS: join(folder, 'clients.json') };
  const config = loadConfig({ ...env, DATABASE_URL: `file:${join(folder, 'test.db')}` });
  const store = await openStore(config.database);
  const random = (length: number) => new Uint8Array(length);
  try {
    const log = pino({ enabled: false });
    return await openOidc({ config, store, now: Date.now, random, log });
  } finally {
    await store.close();
  }
}

describe('a start', () => {
  it('names every mistake that the library finds in a client', async () => {
    const clients = [
      { ...web, id_token_signed_response_alg: 'HS256' },
      {
        ...web,
        client_id: 'app',
        scope: 'openid',
        default_acr_values: ['phr'],
        jwks: { keys: [{}] },
      },
      { ...web, client_id: 'good' },
    ];
    const opening = open(clients);
    await expect(opening).rejects.toThrow(/OIDC_CLIENTS: web: id_token_signed_response_alg/);
    await expect(opening).rejects.toThrow(/; app: /);
    await expect(opening).rejects.not.toThrow(/good/);
  });
});

describe('the keys of a development server', () => {
  it('are made once, and readable by their owner alone', async () => {
    await open([web]);
    const path = join(folder, 'oidc-keys.json');
    const kept = readFileSync(path, 'utf8');
    await open([web]);
    expect(readFileSync(path, 'utf8')).toBe(kept);
    const config = loadConfig({ DATABASE_URL: `file:${join(folder, 'test.db')}` });
    expect((await readSigningKeys(config)).map(({ alg }) => alg)).toEqual(['ES256', 'RS256']);
  });
});
