/** Steps of a person with private notes, and passkeys that answer otherwise than they should. */
import { expect, type Page } from 'playwright/test';
import { signUp } from './person.ts';

const section = (page: Page) => page.locator('#notes');

export const notes = {
  section,
  open: (page: Page) => section(page).locator('#notes-open'),
  all: (page: Page) => section(page).getByRole('list').getByRole('listitem'),
  ways: (page: Page) => section(page).locator('#notes-ways'),
  notice: (page: Page) => section(page).locator('#notes-notice'),
  editor: (page: Page) => section(page).getByRole('textbox', { name: 'Note', exact: true }),
  button: (page: Page, name: string) => section(page).getByRole('button', { name, exact: true }),
};

export async function write(page: Page, text: string): Promise<void> {
  const [first = ''] = text.split('\n');
  if (!(await notes.editor(page).isVisible())) await notes.button(page, 'New note').click();
  await notes.editor(page).fill(text);
  await notes.button(page, 'Save').click();
  await expect(notes.all(page).filter({ hasText: first }).first()).toBeVisible();
  await expect(notes.editor(page)).toBeHidden();
}

/** An account with a note, whose passkey has answered twice; its user name. */
export async function withNote(page: Page, text = 'bread, milk'): Promise<string> {
  const username = await signUp(page);
  await expect(notes.open(page)).toBeVisible();
  await write(page, text);
  await expect(notes.notice(page)).toContainText('saved');
  return username;
}

/** Makes a recovery code, keeps it or not, and returns what was shown. */
export async function makeCode(page: Page, then: 'keep' | 'cancel' = 'keep'): Promise<string> {
  await section(page)
    .getByRole('button', { name: /^Make a (new )?recovery code$/ })
    .click();
  const form = page.locator('#recovery-form');
  const code = (await form.locator('#recovery-code').textContent()) ?? '';
  if (then === 'keep') {
    await form.getByRole('textbox').fill(code.slice(-4));
    await form.getByRole('button', { name: 'I’ve kept it' }).click();
    await expect(page.locator('#recovery-notice')).toContainText('opens your notes, too');
  } else {
    await form.getByRole('button', { name: 'Cancel' }).click();
  }
  await expect(form).toBeHidden();
  return code;
}

export async function openWithCode(page: Page, code: string): Promise<void> {
  const field = section(page).getByRole('textbox', { name: 'Recovery code' });
  if (!(await field.isVisible())) await notes.button(page, 'Use your recovery code').click();
  await field.fill(code);
  await section(page).locator('#code-form').getByRole('button', { name: 'Open' }).click();
}

interface Vault {
  saltIds: string[];
  exists: boolean;
  envelopes: { wrappedKey: string; saltId?: string; lastUsedAt: string | null }[];
  data?: string;
  rotationDue: boolean;
}

/** What the server keeps, asked as the page would ask. */
export function vaultOf(page: Page): Promise<Vault> {
  return page.evaluate(async () => (await fetch('/api/vault')).json());
}

/** Counts from now on, on every page that follows, the prompts that are answered, whatever began them. */
export async function prompts(page: Page): Promise<() => number> {
  let count = 0;
  await page.exposeFunction('promptAnswered', () => void count++);
  await page.addInitScript(() => {
    const credentials = CredentialsContainer.prototype;
    for (const name of ['get', 'create'] as const) {
      const original = credentials[name] as (options?: object) => Promise<Credential | null>;
      credentials[name] = async function (this: CredentialsContainer, options?: object) {
        const credential = await original.call(this, options);
        await (window as unknown as { promptAnswered(): Promise<void> }).promptAnswered();
        return credential;
      };
    }
  });
  return () => count;
}

/**
 * From now on passkeys answer as they would on that device, which has secrets of its own: as after a move from
 * another provider, an update, or with a synced passkey that differs. The empty name is the first device.
 */
export async function answerAs(page: Page, device: string): Promise<void> {
  await page.addInitScript(installDevices);
  const remember = (name: string) => {
    window.name = name;
  };
  await page.evaluate(installDevices);
  await page.evaluate(remember, device);
}

/** `window.name` outlives navigations. */
function installDevices(): void {
  const marked = PublicKeyCredential.prototype as PublicKeyCredential & { devices?: true };
  if (marked.devices) return;
  marked.devices = true;
  const original = marked.getClientExtensionResults;
  marked.getClientExtensionResults = function (this: PublicKeyCredential) {
    const results = original.call(this);
    for (const output of Object.values(results.prf?.results ?? {})) {
      const bytes = new Uint8Array(output as ArrayBuffer);
      for (const [index, character] of [...window.name].entries()) {
        bytes[index] = (bytes[index] ?? 0) ^ (character.codePointAt(0) ?? 0);
      }
    }
    return results;
  };
}

export type Manner = 'none' | 'short' | 'long' | 'later' | 'later always';

/** From now on passkeys answer in this manner. */
export async function odd(page: Page, manner: Manner): Promise<void> {
  await page.addInitScript((how) => {
    const { prototype } = PublicKeyCredential;
    const original = prototype.getClientExtensionResults;
    const isCreated = (credential: PublicKeyCredential) =>
      'attestationObject' in credential.response;
    prototype.getClientExtensionResults = function (this: PublicKeyCredential) {
      const { prf: _, ...others } = original.call(this) as { prf?: object };
      const enabled = isCreated(this) ? { enabled: true } : {};
      const output = (length: number) => ({
        ...others,
        prf: { ...enabled, results: { first: new Uint8Array(length).fill(7).buffer } },
      });
      const answers = {
        none: others,
        short: output(31),
        long: output(64),
        later: isCreated(this) ? { ...others, prf: enabled } : original.call(this),
        'later always': { ...others, prf: enabled },
      };
      return answers[how] as AuthenticationExtensionsClientOutputs;
    };
  }, manner);
}

/** What lies between two pages: for each key, whether it can be exported, and whether exporting works. */
export function lieInHandOver(page: Page): Promise<{ extractable: boolean; readable: boolean }[]> {
  return page.evaluate(async () => {
    const opening = indexedDB.open('latchkey');
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    if (![...database.objectStoreNames].includes('answers')) return [];
    const request = database.transaction('answers').objectStore('answers').getAll();
    const found = await new Promise<{ evaluations: { output: CryptoKey }[] }[][]>((resolve) => {
      request.onsuccess = () => resolve(request.result);
    });
    database.close();
    const keys = found.flat().flatMap(({ evaluations }) => evaluations.map(({ output }) => output));
    return Promise.all(
      keys.map(async (key) => ({
        extractable: key.extractable,
        readable: await crypto.subtle.exportKey('raw', key).then(
          () => true,
          () => false,
        ),
      })),
    );
  });
}
