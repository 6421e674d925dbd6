import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const callback = 'https://app.example.com/callback';
export const secret = 'a secret of a client that is long enough for a bench';

/** The same apps for both programs: one whose people are asked, and one whose people are not. */
const apps = [
  { client_id: 'asked', client_secret: secret, redirect_uris: [callback] },
  { client_id: 'silent', client_secret: secret, redirect_uris: [callback], first_party: true },
] as const;

/** The variables that name them, and the key that signs tokens. */
export function writeApps(folder: string): { OIDC_CLIENTS: string; OIDC_KEYS: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = { ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  const write = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  return {
    OIDC_CLIENTS: write('clients.json', apps),
    OIDC_KEYS: write('keys.json', { keys: [key] }),
  };
}
