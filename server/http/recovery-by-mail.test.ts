/** Recovery by mail, and what strangers try with it. */
import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import { startTestApp } from '../testing/app.ts';
import type { TestBrowser } from '../testing/browser.ts';
import { linkIn, openMailbox } from '../testing/mailbox.ts';
import { ownersByMail } from '../testing/owners-by-mail.ts';

const mailbox = await openMailbox();
const app = await startTestApp({ env: mailbox.env });
afterAll(async () => {
  await app.close();
  await mailbox.close();
});
const { withAddress, delivered } = ownersByMail(app, mailbox);

const hour = 3_600_000;
const delay = 72 * hour;

const begin = (browser: TestBrowser, by: object) => browser.post('/api/recovery/begin', by);
const follow = (browser: TestBrowser, token: string, verifier?: string) =>
  browser.post('/api/recovery/link', { token, ...(verifier && { verifier }) });
const tokenOf = (link: string) => new URL(link).hash.slice(1);

/** Somebody who has lost everything but the mailbox, and has asked for a link. */
async function asked() {
  const person = await withAddress();
  const browser = app.browser();
  expect((await begin(browser, { username: person.username })).status).toBe(202);
  return { ...person, lost: browser, token: tokenOf(await person.link()) };
}

async function waiting() {
  const person = await asked();
  const { status, body } = await follow(person.lost, person.token);
  expect(status).toBe(202);
  await delivered();
  const notice = mailbox.to(person.address).at(-1);
  if (notice === undefined) throw new Error('no notice came');
  return { ...person, opensAt: Date.parse(body.opensAt), notice };
}

/** Runs with the clock further on, and sets it back. */
async function later<Result>(milliseconds: number, work: () => Promise<Result>): Promise<Result> {
  app.advance(milliseconds);
  try {
    return await work();
  } finally {
    app.advance(-milliseconds);
  }
}

describe('whoever asks for a link', () => {
  it('gets one by mail that works with the recovery code, at once and once', async () => {
    const { lost, token, verifier, user } = await asked();
    const wrong = await follow(lost, token, toBase64Url(randomBytes(32)));
    expect(wrong.body.code).toBe('verification_failed');
    const stranger = await withAddress();
    const foreign = await follow(lost, token, stranger.verifier);
    expect(foreign.body.code).toBe('verification_failed');
    const { status, body } = await follow(lost, token, verifier);
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { id: user.id }, session: { method: 'recovery' } });
    expect((await lost.get('/api/credentials')).body.code).toBe('recovery_required');
    expect((await lost.addPasskey(app.device())).status).toBe(201);
    expect((await follow(lost, token, verifier)).body.code).toBe('challenge_invalid');
  });

  it('finds the account by its address, too, and every account of it', async () => {
    const one = await withAddress();
    const other = await withAddress(one.address);
    const browser = app.browser();
    await begin(browser, { email: one.address.toUpperCase() });
    await delivered();
    const letters = mailbox.to(one.address).filter(({ subject }) => subject.startsWith('Get back'));
    expect(letters.map(({ text }) => /Account: (.*)/.exec(text)?.[1]).sort()).toEqual(
      [one.username, other.username].sort(),
    );
    for (const letter of letters) {
      expect((await follow(browser, tokenOf(linkIn(letter, '/recover')))).status).toBe(202);
    }
  });

  it('does not learn whether there is an account: the answer, and what is done for it, is the same', async () => {
    const known = await withAddress();
    const rowsAfter = async (by: object) => {
      mailbox.refuse = () => ({ code: 451, text: 'later' });
      const { status, body, headers } = await begin(app.browser(), by);
      const names = [...headers.keys()].sort();
      return { status, body, names, length: headers.get('content-length') };
    };
    const answers = [];
    for (const by of [
      { username: known.username },
      { username: app.newName() },
      { email: known.address },
      { email: 'nobody@example.com' },
      { email: 'no address at all' },
      // PostgreSQL takes no such text: it is no reason to try again for a day.
      { username: 'a\u0000b' },
    ]) {
      answers.push(await rowsAfter(by));
    }
    mailbox.refuse = null;
    expect(new Set(answers.map((each) => JSON.stringify(each))).size).toBe(1);
    app.advance(60_000);
    await delivered();
    expect(mailbox.to('nobody@example.com')).toEqual([]);
  });

  it('nor by what the server asks of its store', async () => {
    const known = await withAddress();
    const asked = new Set<string>();
    const { store } = app.deps;
    const spied = new Proxy(store, {
      get: (of, name: keyof typeof store) => {
        asked.add(name);
        return of[name];
      },
    });
    const steps = async (path: string, body: object) => {
      asked.clear();
      Object.assign(app.deps, { store: spied });
      const { status } = await app.browser().post(`/api/recovery/${path}`, body);
      Object.assign(app.deps, { store });
      return JSON.stringify([status, [...asked]]);
    };
    const [wrong, nobody] = [toBase64Url(randomBytes(32)), app.newName()];
    const code = (username: string) => steps('code/verify', { username, verifier: wrong });
    expect(await code(nobody)).toBe(await code(known.username));
    const begun = await steps('begin', { username: known.username });
    expect(begun).toContain('addMessages');
    for (const by of [{ username: nobody }, { email: known.address }, { email: 'x@example.com' }]) {
      expect(await steps('begin', by)).toBe(begun);
    }
  });

  it('puts no word and no address of its own into the mail', async () => {
    const { username, address, link } = await withAddress();
    const asked = { username, email: undefined };
    await app.browser().request('POST', '/api/recovery/begin', asked, {
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example',
      'user-agent': '<a href="https://evil.example">Firefox/140.0</a>',
    });
    expect(new URL(await link()).origin).toBe(app.origin);
    const mail = mailbox.to(address).at(-1);
    expect(`${mail?.subject}${mail?.text}${mail?.html}`).not.toContain('evil');
  });

  it('gets nothing for a disabled account, nor for one without an address', async () => {
    const { username, address, user } = await withAddress();
    await app.deps.store.disableUser(user.id, app.deps.now(), []);
    await delivered();
    const before = mailbox.to(address).length;
    await begin(app.browser(), { username });
    await begin(app.browser(), { email: address });
    await delivered();
    expect(mailbox.to(address)).toHaveLength(before);
  });

  it('floods no mailbox, and keeps its owner not out: each link works where its owner asked', async () => {
    const { username, address, verifier } = await withAddress();
    for (let times = 0; times < 10; times++) await begin(app.browser(), { username });
    const owner = app.browser();
    await begin(owner, { username });
    await delivered();
    const letters = mailbox.to(address).filter(({ subject }) => subject.startsWith('Get back'));
    expect(letters).toHaveLength(5);
    const [first] = letters;
    if (first === undefined) throw new Error('no letter');
    const token = tokenOf(linkIn(first, '/recover'));
    expect((await follow(owner, token, verifier)).status).toBe(200);
  });
});

describe('a link by mail', () => {
  it('is used up by nothing that opens it', async () => {
    const { lost, token, verifier } = await asked();
    for (const browser of [lost, app.browser()]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS']) await browser.request(method, '/recover');
    }
    const page = await lost.get('/recover');
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    expect((await follow(lost, token, verifier)).status).toBe(200);
  });

  it('is worth nothing in a browser that did not ask, and is not used up there', async () => {
    const { lost, token, verifier } = await asked();
    const elsewhere = app.browser();
    await elsewhere.requestOptions();
    expect((await follow(elsewhere, token, verifier)).body.code).toBe('challenge_invalid');
    expect((await follow(app.browser(), token)).body.code).toBe('challenge_invalid');
    expect((await follow(lost, token, verifier)).status).toBe(200);
  });

  it('stands in no log and no table, nor does the one that stops', async () => {
    const { lost, token, address } = await asked();
    await follow(lost, token);
    await delivered();
    const notice = mailbox.to(address).find(({ text }) => text.includes('/stop-recovery#'));
    if (notice === undefined) throw new Error('no notice came');
    const veto = tokenOf(linkIn(notice, '/stop-recovery'));
    expect((await app.browser().post('/api/recovery/veto', { token: veto })).status).toBe(204);
    for (const each of [token, veto]) {
      expect(JSON.stringify(await app.contents())).not.toContain(each);
      expect(app.logLines.join('\n')).not.toContain(each);
    }
  });

  it('is good for a day', async () => {
    const { lost, token, verifier } = await asked();
    await later(24 * hour, async () => {
      expect((await follow(lost, token, verifier)).body.code).toBe('challenge_invalid');
    });
    expect((await follow(lost, token, verifier)).status).toBe(200);
  });

  it('with the code opens one session for 20 at once', async () => {
    const { lost, token, verifier } = await asked();
    const all = await Promise.all(Array.from({ length: 20 }, () => follow(lost, token, verifier)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('mail alone', () => {
  it('opens nothing before the wait is over, and then one session for 20 at once', async () => {
    const { lost, token, opensAt, user } = await waiting();
    expect(Math.abs(opensAt - app.deps.now() - delay)).toBeLessThan(60_000);
    const again = await follow(lost, token);
    expect([again.status, Date.parse(again.body.opensAt)]).toEqual([202, opensAt]);
    await later(delay - hour, async () => expect((await follow(lost, token)).status).toBe(202));
    await later(delay + 60_000, async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => follow(lost, token)));
      expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
      const { body } = await lost.get('/api/session');
      expect(body).toMatchObject({ user: { id: user.id }, session: { method: 'recovery' } });
      expect((await lost.addPasskey(app.device())).status).toBe(201);
    });
  });

  it('adds no passkey once its owner has used one, though a session was open', async () => {
    const { lost, token, device } = await waiting();
    await later(delay + 60_000, async () => {
      expect((await follow(lost, token)).status).toBe(200);
      app.advance(1);
      expect((await app.browser().signIn(device)).status).toBe(200);
      const { status, body } = await lost.addPasskey(app.device());
      expect([status, body.code]).toEqual([401, 'unauthenticated']);
    });
  });

  it('begins one wait for 20 at once, with one notice', async () => {
    const { lost, token, address } = await asked();
    await Promise.all(Array.from({ length: 20 }, () => follow(lost, token)));
    await delivered();
    const notices = mailbox.to(address).filter(({ subject }) => subject.startsWith('Somebody is'));
    expect(notices).toHaveLength(1);
  });

  it('is announced on the account page of a device that is signed in, which ends it', async () => {
    const { lost, token, browser } = await waiting();
    const { body } = await browser.get('/api/recovery');
    expect(body.pending).toMatchObject({ opensAt: expect.any(String) });
    expect((await browser.get('/account')).body).toContain(body.pending.opensAt);
    expect((await browser.request('DELETE', '/api/recovery/pending')).status).toBe(204);
    expect((await browser.get('/api/recovery')).body.pending).toBeNull();
    expect((await browser.request('DELETE', '/api/recovery/pending')).status).toBe(404);
    await later(delay, async () => {
      expect((await follow(lost, token)).body.code).toBe('challenge_invalid');
    });
  });

  it('is ended by the link in the notice, which opening it does not use up', async () => {
    const { lost, token, notice, address } = await waiting();
    const link = linkIn(notice, '/stop-recovery');
    expect(notice.text).toContain('Stop it');
    expect((await app.browser().get('/stop-recovery')).status).toBe(200);
    const veto = (given: string) => app.browser().post('/api/recovery/veto', { token: given });
    expect((await veto('another')).body.code).toBe('challenge_invalid');
    expect((await veto(tokenOf(link))).status).toBe(204);
    expect((await veto(tokenOf(link))).body.code).toBe('challenge_invalid');
    await delivered();
    expect(mailbox.to(address).at(-1)?.subject).toContain('A recovery was stopped');
    await later(delay, async () => {
      expect((await follow(lost, token)).body.code).toBe('challenge_invalid');
    });
  });

  it('is ended by any sign-in with a passkey, to the last moment', async () => {
    const { lost, token, device, browser } = await waiting();
    await later(delay, async () => {
      expect((await app.browser().signIn(device)).status).toBe(200);
      expect((await follow(lost, token)).body.code).toBe('challenge_invalid');
    });
    expect((await browser.get('/api/recovery')).body.pending).toBeNull();
  });

  it('is ended by nobody else: sign-out, another account, a refused passkey', async () => {
    const { lost, token, browser } = await waiting();
    const other = await withAddress();
    await app.browser().signIn(other.device);
    expect((await other.browser.request('DELETE', '/api/recovery/pending')).status).toBe(404);
    await browser.request('DELETE', '/api/session');
    await later(delay, async () => expect((await follow(lost, token)).status).toBe(200));
  });

  it('can be finished for a week, and not longer', async () => {
    const { lost, token } = await waiting();
    await later(delay + 7 * 24 * hour + 60_000, async () => {
      expect((await follow(lost, token)).body.code).toBe('challenge_invalid');
    });
    await later(delay + 6 * 24 * hour, async () => {
      expect((await follow(lost, token)).status).toBe(200);
    });
  });

  it('waits for a browser that is closed meanwhile: it is known until the recovery can be finished', async () => {
    const browser = app.browser();
    // It has a cookie already, which is for as long as it runs.
    await browser.requestOptions();
    const known = browser.cookies.get('latchkey-browser');
    const { headers } = await begin(browser, { username: app.newName() });
    const days = 1 + 3 + 7;
    const kept = `latchkey-browser=${known}; Max-Age=${days * 86_400};`;
    expect(headers.getSetCookie()).toEqual([expect.stringContaining(kept)]);
  });

  it('races in two browsers, and one of them gets in', async () => {
    const first = await waiting();
    const second = app.browser();
    await begin(second, { username: first.username });
    const token = tokenOf(await first.link());
    expect(token).not.toBe(first.token);
    expect((await follow(second, token)).status).toBe(202);
    await later(delay + 60_000, async () => {
      const both = await Promise.all([follow(first.lost, first.token), follow(second, token)]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
    });
  });
});
