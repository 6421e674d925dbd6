/** What a stranger's TypeScript sees of the library. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTypes } from './types.ts';

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-types-'));
  await buildTypes(folder);
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: false, target: 'es2022', module: 'esnext' },
    ...{ moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] },
    exactOptionalPropertyTypes: true,
    // As the documentation says.
    paths: { '/assets/latchkey.js': ['./assets/latchkey.d.ts'] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the compiler complains of. */
function check(source: string): string {
  writeFileSync(join(folder, 'stranger.ts'), source);
  try {
    execFileSync(process.execPath, [tsc, '-p', '.'], {
      cwd: folder,
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return '';
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

test('a page of their own type-checks', () => {
  const complaints = check(`
    import {
      armAutofill, conditionalCreate, explain, postponeUpgrade, Problem, register, setPageOwner,
      signal, signIn, upgrade, vault, type AutofillState, type Registered, type SignedIn,
    } from '/assets/latchkey.js';

    const say = (text: string): void => void document.body.append(text);
    const fail = (error: unknown): void => {
      const { tone, text }: { tone: 'good' | 'hint' | 'error'; text: string } = explain(error, 'Closed.');
      if (error instanceof Problem && error.code === 'unavailable') say(String(error.members['retryAfter']));
      say(tone + text);
    };
    const arrive = async ({ user, upgrade: better, suggestion }: SignedIn): Promise<void> => {
      setPageOwner(user.id);
      if (better?.reason === 'former-domain') await postponeUpgrade(better.credentialId);
      else if (better) await upgrade(better.credentialId, { onStepUp: (running) => say(String(running)) });
      if (suggestion === 'backup-lost') say(user.displayName);
    };
    const disarm: () => void = armAutofill({
      onSignedIn: (signedIn) => void arrive(signedIn),
      onError: fail,
      onState: (state: AutofillState) => say(state),
    });
    const added: Registered = await register({ username: 'ann', hints: ['client-device'] });
    say(added.credential.provider.name);
    await signal(added.signals);
    await signal({}, 'deleted');
    const made: Registered | null = await conditionalCreate(AbortSignal.timeout(1));
    const keep = async (): Promise<CryptoKey> => {
      await vault.create({ prompt: 'always' });
      await vault.write({ colour: 'blue' }, ({ theirs, ours }) => ours ?? theirs);
      const { waysIn } = await vault.status();
      if (waysIn && !waysIn.recovery) await vault.keepRecoveryCode(await vault.createRecoveryCode());
      return vault.deriveKey('files', { algorithm: { name: 'HMAC', hash: 'SHA-256' }, usages: ['sign'] });
    };
    signIn({ username: 'ann' }).then(arrive, fail).finally(keep).finally(disarm);
    export { made };
  `);
  expect(complaints).toBe('');
});

test('a misspelt option, a missing handler, a hint and a member that there are not: each is found', () => {
  const complaints = check(`import { armAutofill, register, signIn } from '/assets/latchkey.js';
    void register({ userName: 'ann' });
    armAutofill({ onSignedIn: () => {} });
    void register({ hints: ['phone'] });
    void signIn().then(({ token }) => token);
  `);
  const lines = [...complaints.matchAll(/^stranger\.ts\((\d),/gm)].map(([, line]) => line);
  expect(lines).toEqual(['2', '3', '4', '5']);
});

test('the file is about nothing but what is exported, in words', () => {
  const types = readFileSync(join(folder, 'assets/latchkey.d.ts'), 'utf8');
  expect(types).not.toMatch(/from ['"]|\$1|: any\b/);
  expect(types).toContain('Call it from a click');
});
