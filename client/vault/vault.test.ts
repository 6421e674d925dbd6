import { beforeEach, describe, expect, it } from 'vitest';
import { concat, fromBase64Url, random, toBase64Url } from './bytes.ts';
import { encryptContent } from './data.ts';
import { account, idOf, PaperServer } from './paper-world.ts';
import { pointLength, seal } from './recipient.ts';
import { newRecoveryCode } from './recovery-code.ts';
import type { Envelope } from './state.ts';
import type { Vault } from './vault.ts';
import { counts, waysIn } from './ways-in.ts';

let server: PaperServer;
const code = (expected: string) => expect.objectContaining({ code: expected });

beforeEach(async () => {
  server = await PaperServer.start('phone', 'key');
});

/** A page after a ceremony with this passkey. */
async function arrive(passkey = 'phone', device?: string): Promise<Vault> {
  const page = server.page();
  await page.open(await server.answers(passkey, device));
  return page;
}

/** A vault with data, open in a page; made with an answer that came twice. */
async function madeBy(passkey = 'phone', value: unknown = 'a secret'): Promise<Vault> {
  const page = server.page();
  await expect(arrive(passkey)).rejects.toThrow(code('vault_missing'));
  await page.open(await server.answers(passkey)).catch(() => {});
  await page.create();
  await page.open(await server.answers(passkey));
  await page.write(value);
  return page;
}

/** A code that was shown to its owner. */
async function newCode(page: Vault): Promise<string> {
  const shown = newRecoveryCode();
  await page.addRecoveryCode(shown);
  return shown;
}

describe('a new vault', () => {
  it('takes no data before an answer came twice', async () => {
    const page = server.page();
    await expect(page.open(await server.answers('phone'))).rejects.toThrow(code('vault_missing'));
    await page.create();
    await expect(page.write('a secret')).rejects.toThrow(code('vault_unconfirmed'));
    await page.open(await server.answers('phone'));
    await page.write('a secret');
    expect((await arrive()).read()).toBe('a secret');
  });

  it('is not confirmed by the answer that made it, however often that is used', async () => {
    const page = server.page();
    await page.open(await server.answers('phone')).catch(() => {});
    // The write takes effect, and the page does not hear of it.
    server.fate = async (call) => (call === 'write' ? 'answer lost' : 'answered');
    await expect(page.create()).rejects.toThrow('answer lost');
    server.fate = async () => 'answered';
    await page.create();
    expect(page.isOpen()).toBe(true);
    expect(server.state.envelopes.some(counts)).toBe(false);
  });

  it('takes data once a recovery code was shown to be kept', async () => {
    const page = server.page();
    await page.open(await server.answers('phone')).catch(() => {});
    await page.create();
    const shown = await newCode(page);
    await expect(page.write('a secret')).rejects.toThrow(code('vault_unconfirmed'));
    await page.openWithRecoveryCode(shown);
    await page.write('a secret');
    const elsewhere = server.page();
    await elsewhere.openWithRecoveryCode(shown.toLowerCase().replaceAll('-', ' '));
    expect(elsewhere.read()).toBe('a secret');
  });

  it('begins again with a passkey that answers differently every time, as long as nothing is lost', async () => {
    for (const time of ['once', 'twice']) {
      const page = server.page();
      await expect(page.open(await server.answers('phone', time))).rejects.toThrow(
        code('vault_missing'),
      );
      await page.create();
    }
    expect(server.state.envelopes).toHaveLength(1);
    expect(server.state.envelopes.some(counts)).toBe(false);
    expect(server.state.data).toBeUndefined();
  });
});

describe('ways in', () => {
  it('a second passkey gets its envelope while the vault is open, and counts from its next use on', async () => {
    const page = await madeBy('phone');
    await page.open(await server.answers('key'));
    expect(waysIn(server.state.envelopes)).toEqual({ passkeys: 1, recovery: false });
    expect((await arrive('key')).read()).toBe('a secret');
    expect(waysIn(server.state.envelopes)).toEqual({ passkeys: 2, recovery: false });
  });

  it('a passkey without an envelope gets one as soon as another way in has opened the vault', async () => {
    await madeBy('phone');
    const page = server.page();
    await expect(page.open(await server.answers('key'))).rejects.toThrow(
      code('vault_other_passkey'),
    );
    await page.open(await server.answers('phone'));
    expect((await arrive('key')).read()).toBe('a secret');
  });

  it('a new recovery code takes the place of the old one only once it was shown to be kept', async () => {
    const page = await madeBy();
    const first = await newCode(page);
    await page.openWithRecoveryCode(first);
    const second = await newCode(page);
    await server.page().openWithRecoveryCode(first);
    await page.openWithRecoveryCode(second);
    await expect(server.page().openWithRecoveryCode(first)).rejects.toThrow(
      code('vault_code_wrong'),
    );
    expect(waysIn(server.state.envelopes)).toEqual({ passkeys: 1, recovery: true });
  });

  it('a slip in a recovery code is found before anything is asked of the server', async () => {
    const page = await madeBy();
    const shown = await newCode(page);
    server.fate = async () => 'lost';
    const slip = shown.startsWith('A') ? `B${shown.slice(1)}` : `A${shown.slice(1)}`;
    await expect(page.openWithRecoveryCode(slip)).rejects.toThrow(code('vault_code_mistyped'));
  });

  it('opening alone writes once a day at most', async () => {
    await madeBy();
    const before = server.state.revision;
    await arrive();
    await arrive();
    expect(server.state.revision).toBe(before);
    server.time += 86_400_001;
    await arrive();
    expect(server.state.revision).toBe(before + 1);
  });
});

describe('an answer that drifts', () => {
  it('is recognised, reported, met with another way in, and works from then on beside the old one', async () => {
    const page = await madeBy('phone');
    const shown = await newCode(page);
    await page.openWithRecoveryCode(shown);
    const elsewhere = server.page();
    await expect(elsewhere.open(await server.answers('phone', 'tablet'))).rejects.toThrow(
      code('vault_answer_changed'),
    );
    expect(server.reported).toHaveLength(1);
    await elsewhere.openWithRecoveryCode(shown);
    expect((await arrive('phone', 'tablet')).read()).toBe('a secret');
    expect((await arrive('phone')).read()).toBe('a secret');
  });

  it('four answers of one passkey work; a fifth takes the place of the one unused for longest', async () => {
    const page = await madeBy('phone');
    for (const device of ['b', 'c', 'd', 'e']) {
      await page.open(await server.answers('phone', device));
      expect((await arrive('phone', device)).read()).toBe('a secret');
    }
    expect(server.state.envelopes.filter(counts)).toHaveLength(4);
    await expect(arrive('phone')).rejects.toThrow(code('vault_answer_changed'));
  });

  it('a passkey that never answers the same twice pushes out none that does', async () => {
    const page = await madeBy('phone');
    for (let time = 0; time < 10; time++) {
      await page.open(await server.answers('phone', `time ${time}`));
    }
    expect(server.state.envelopes.filter(counts)).toHaveLength(1);
    expect(server.state.envelopes.length).toBeLessThanOrEqual(4);
    expect((await arrive('phone')).read()).toBe('a secret');
  });
});

describe('a passkey that is deleted', () => {
  it('opens nothing any more, and the key changes without the other ways in being at hand', async () => {
    const page = await madeBy('phone');
    await page.open(await server.answers('key'));
    await arrive('key');
    const shown = await newCode(page);
    await page.openWithRecoveryCode(shown);
    const before = server.state;
    server.deletePasskey('key');
    expect(server.state.rotationDue).toBe(true);
    await arrive('phone');
    expect(server.state.rotationDue).toBe(false);
    for (const { wrappedKey } of before.envelopes) {
      expect(server.state.envelopes.map((each) => each.wrappedKey)).not.toContain(wrappedKey);
    }
    expect(server.state.data).not.toBe(before.data);
    await expect(arrive('key')).rejects.toThrow(code('vault_other_passkey'));
    await server.page().openWithRecoveryCode(shown);
    expect((await arrive('phone')).read()).toBe('a secret');
  });

  it('may be the one that opened the page: it goes on with the key it has, and changes it', async () => {
    const page = await madeBy('phone');
    await page.open(await server.answers('key'));
    await arrive('key');
    server.deletePasskey('phone');
    await page.rotate();
    await page.write('newer');
    expect(server.state.rotationDue).toBe(false);
    expect((await arrive('key')).read()).toBe('newer');
  });

  it('is no longer sealed to: what came by a rotation is closed anew at the next use', async () => {
    const page = await madeBy('phone');
    await page.open(await server.answers('key'));
    await arrive('key');
    await (await arrive('phone')).rotate();
    const length = () =>
      server.state.envelopes.find(
        (each) => each.kind === 'passkey' && each.credentialId === idOf('key'),
      )?.wrappedKey.length;
    const sealed = length() ?? 0;
    expect((await arrive('key')).read()).toBe('a secret');
    expect(length()).toBeLessThan(sealed);
  });
});

describe('what a vault holds', () => {
  it('is bounded, and how long it is shows only roughly', async () => {
    const page = await madeBy('phone', 'x');
    const { length = 0 } = server.state.data ?? '';
    await page.write('x'.repeat(600));
    expect(server.state.data).toHaveLength(length);
    await expect(page.write('x'.repeat(30_000))).rejects.toThrow(code('vault_too_large'));
    expect((await arrive()).read()).toBe('x'.repeat(600));
  });
});

describe('two pages', () => {
  it('whoever writes second is told, and what both wrote is merged where the caller says how', async () => {
    const one = await madeBy('phone', ['first']);
    const other = await arrive('phone');
    await one.write(['first', 'of one']);
    await expect(other.write(['first', 'of other'])).rejects.toThrow(code('vault_conflict'));
    const again = await arrive('phone');
    await one.write(['first', 'of one', 'more']);
    await again.write(['first', 'of one', 'of other'], ({ theirs, ours }) => [
      ...new Set([...(theirs as string[]), ...(ours as string[])]),
    ]);
    expect((await arrive()).read()).toEqual(['first', 'of one', 'more', 'of other']);
  });

  it('goes on where only envelopes changed meanwhile, and where the key did', async () => {
    const one = await madeBy('phone', 'old');
    const other = await arrive('phone');
    await one.open(await server.answers('key'));
    await one.rotate();
    await other.write('new');
    expect((await arrive('phone')).read()).toBe('new');
  });

  it('two that make a vault at once end with one', async () => {
    const pages = [server.page(), server.page()];
    for (const page of pages) await page.open(await server.answers('phone')).catch(() => {});
    await Promise.all(pages.map((page) => page.create()));
    expect(server.state.envelopes).toHaveLength(1);
    expect(pages.every((page) => page.isOpen())).toBe(true);
  });
});

describe('a locked vault', () => {
  it('reads, writes and derives nothing, and what was on its way does not open it again', async () => {
    const page = await madeBy();
    let release = () => {};
    server.fate = () =>
      new Promise((resolve) => {
        release = () => resolve('answered');
      });
    const opening = page.open(await server.answers('phone'));
    page.lock();
    release();
    await expect(opening).rejects.toThrow(code('vault_locked'));
    expect(page.isOpen()).toBe(false);
    expect(() => page.read()).toThrow(code('vault_locked'));
    await expect(page.write('x')).rejects.toThrow(code('vault_locked'));
    await expect(page.deriveKey('files')).rejects.toThrow(code('vault_locked'));
  });
});

describe('a key of the application', () => {
  it('is the same with every passkey and after every change of them, and another for each label', async () => {
    const page = await madeBy('phone');
    const iv = new Uint8Array(12);
    const text = new TextEncoder().encode('an attachment');
    const key = await page.deriveKey('files');
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, text);
    await page.open(await server.answers('key'));
    await arrive('key');
    server.deletePasskey('phone');
    const later = await arrive('key');
    expect(server.state.rotationDue).toBe(false);
    const again = await later.deriveKey('files');
    expect(again.extractable).toBe(false);
    const opened = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, again, sealed);
    expect(new Uint8Array(opened)).toEqual(text);
    const other = await later.deriveKey('other files');
    await expect(crypto.subtle.decrypt({ name: 'AES-GCM', iv }, other, sealed)).rejects.toThrow();
  });

  it('can be had before anything was written', async () => {
    const page = server.page();
    await page.open(await server.answers('phone')).catch(() => {});
    await page.create();
    await page.open(await server.answers('phone'));
    expect((await page.deriveKey('files')).algorithm).toMatchObject({ name: 'AES-GCM' });
    expect(page.read()).toBeNull();
  });
});

describe('a rotation of the salt', () => {
  it('moves every passkey that comes by, and the vault opens before, during and after', async () => {
    await madeBy('phone');
    await server.beginSaltRotation('second salt');
    expect(await server.finishSaltRotation()).toBe(false);
    expect((await arrive('phone')).read()).toBe('a secret');
    expect(await server.finishSaltRotation()).toBe(false);
    expect((await arrive('phone')).read()).toBe('a secret');
    expect(await server.finishSaltRotation()).toBe(true);
    expect((await arrive('phone')).read()).toBe('a secret');
    expect(server.state.envelopes).toHaveLength(1);
  });

  it('that ends while a vault is made leaves one for the salt that stays, or none', async () => {
    const [page, late] = [server.page(), server.page()];
    const before = await server.answers('phone');
    await server.beginSaltRotation('second salt');
    await expect(page.open(await server.answers('phone'))).rejects.toThrow(code('vault_missing'));
    await expect(late.open(before)).rejects.toThrow(code('vault_missing'));
    await server.finishSaltRotation();
    await expect(late.create()).rejects.toThrow(code('vault_no_answer'));
    await page.create();
    expect(server.state.envelopes).toMatchObject([{ saltId: server.state.saltIds[0] }]);
  });

  it('a page that was open since before it does not bring the old salt back', async () => {
    const page = await madeBy('phone');
    await server.beginSaltRotation('second salt');
    await arrive('phone');
    await arrive('phone');
    await server.finishSaltRotation();
    await page.write('newer');
    expect(server.state.envelopes).toHaveLength(1);
    expect((await arrive('phone')).read()).toBe('newer');
  });
});

describe('a server that lies', () => {
  it('can’t seal a key of its own choice into an envelope, and so learn what is written next', async () => {
    await madeBy('phone');
    const [envelope] = server.state.envelopes;
    if (envelope === undefined) throw new Error('no envelope');
    const chosen = random(32);
    const bytes = fromBase64Url(envelope.wrappedKey);
    const publicKey = bytes.slice(125, 125 + pointLength);
    const content = { root: toBase64Url(random(32)), value: 'made up' };
    const sealed = await seal(account, { publicKey, lineage: random(32) }, chosen);
    server.state = {
      ...server.state,
      envelopes: [{ ...envelope, wrappedKey: toBase64Url(concat(bytes, sealed)) }],
      data: await encryptContent(account, chosen, content),
    };
    await expect(arrive('phone')).rejects.toThrow(code('vault_damaged'));
  });

  it('gets no new key by an envelope of its own', async () => {
    const page = await madeBy('phone');
    const other = await PaperServer.start('thief');
    const theirs = other.page();
    await theirs.open(await other.answers('thief')).catch(() => {});
    await theirs.create();
    const [forged] = other.state.envelopes;
    if (forged === undefined) throw new Error('nothing forged');
    server.state = { ...server.state, envelopes: [...server.state.envelopes, forged] };
    await (await arrive('phone')).rotate();
    expect(server.state.envelopes.map(({ id }) => id)).not.toContain(forged.id);
    expect(page.isOpen()).toBe(true);
  });

  it('keeps no envelope of a later version from being a way in: a key that can’t be sealed to it stays', async () => {
    const page = await madeBy('phone');
    await page.open(await server.answers('key'));
    await arrive('key');
    const later = (each: Envelope): Envelope =>
      each.kind === 'passkey' && each.credentialId === idOf('key')
        ? { ...each, wrappedKey: `Ag${each.wrappedKey.slice(2)}` }
        : each;
    server.state = { ...server.state, envelopes: server.state.envelopes.map(later) };
    const before = server.state;
    await expect((await arrive('phone')).rotate()).rejects.toThrow('later version');
    await (await arrive('phone')).open(await server.answers('key'));
    expect(server.state).toEqual(before);
  });

  it('can’t pass off what it changed as what was written', async () => {
    await madeBy('phone');
    const data = `${server.state.data?.slice(0, 40)}A${server.state.data?.slice(41)}`;
    const other = `${server.state.data?.slice(0, 40)}B${server.state.data?.slice(41)}`;
    server.state = { ...server.state, data: data === server.state.data ? other : data };
    await expect(arrive('phone')).rejects.toThrow(code('vault_damaged'));
  });
});
