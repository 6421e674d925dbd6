/**
 * Whatever people and strangers do with mails, links, codes and time: an account opens for what the table of
 * `policy/recovery.ts` names, and for nothing else. The whole server runs; only its clock is moved.
 */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { toBase64Url } from '../base64url.ts';
import { startTestApp } from '../testing/app.ts';
import { linkIn, openMailbox } from '../testing/mailbox.ts';
import { ownersByMail } from '../testing/owners-by-mail.ts';

const hour = 3_600_000;
const delay = 72 * hour;

const browser = fc.nat({ max: 1 });
const code = fc.constantFrom('none', 'right', 'wrong');
const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ask'), browser }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('follow'), browser, link: fc.nat({ max: 2 }), code }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('code'), browser, code }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait'),
      ms: fc.constantFrom(hour, 25 * hour, delay - hour, delay, 8 * 24 * hour),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('sign in', 'stop', 'veto', 'open pages') }),
  },
);
const steps = fc.array(step as fc.Arbitrary<Step>, { minLength: 3, maxLength: 12 });

interface Step {
  readonly do: string;
  readonly browser: number;
  readonly link: number;
  readonly code: 'none' | 'right' | 'wrong';
  readonly ms: number;
}

/** What the test knows of a link that came by mail. */
interface Link {
  readonly token: string;
  /** By which browser a wait was begun, and when. */
  wait: { readonly browser: number; readonly at: number } | null;
}

describe.each([
  { RECOVERY: 'code', codeAlone: true, mail: true },
  { RECOVERY: 'code-and-mail', codeAlone: false, mail: true },
  { RECOVERY: 'off', codeAlone: false, mail: false },
])('with RECOVERY=$RECOVERY', async ({ RECOVERY, codeAlone, mail }) => {
  const mailbox = await openMailbox();
  const app = await startTestApp({ env: { ...mailbox.env, RECOVERY } });
  afterAll(async () => {
    await app.close();
    await mailbox.close();
  });
  const { withAddress, delivered } = ownersByMail(app, mailbox);
  const opened = { code: 0, 'code and mail': 0, mail: 0 };

  async function play(all: readonly Step[]): Promise<void> {
    const owner = await withAddress();
    const browsers = [app.browser(), app.browser()];
    const links: Link[] = [];
    let isCodeUsed = false;

    /** Fails unless the table names what was shown. */
    function judge(status: number, how: keyof typeof opened, isNamed: boolean): void {
      if (status !== 200) return;
      expect({ how, isNamed }).toEqual({ how, isNamed: true });
      opened[how] += 1;
      for (const link of links) link.wait = null;
      if (how !== 'mail') isCodeUsed = true;
    }
    const verifierOf = (given: Step['code']) =>
      given === 'right' ? owner.verifier : toBase64Url(randomBytes(32));

    for (const each of all) {
      const visitor = browsers[each.browser] ?? app.browser();
      if (each.do === 'ask') {
        const answer = await visitor.post('/api/recovery/begin', { username: owner.username });
        expect(answer.status).toBe(202);
        await delivered();
        const letters = mailbox.to(owner.address).filter(({ text }) => text.includes('/recover#'));
        for (const letter of letters.slice(links.length)) {
          links.push({ token: new URL(linkIn(letter, '/recover')).hash.slice(1), wait: null });
        }
      } else if (each.do === 'follow') {
        const link = links.at(-1 - each.link);
        const isRight = each.code === 'right' && !isCodeUsed;
        const { status } = await visitor.post('/api/recovery/link', {
          token: link?.token ?? 'none',
          ...(each.code !== 'none' && { verifier: verifierOf(each.code) }),
        });
        const wait = link?.wait ?? null;
        if (each.code !== 'none') judge(status, 'code and mail', mail && isRight);
        else {
          const isOver = wait !== null && app.deps.now() >= wait.at + delay;
          judge(status, 'mail', mail && isOver && wait.browser === each.browser);
        }
        if (status === 202 && link !== undefined && link.wait === null) {
          expect(mail).toBe(true);
          link.wait = { browser: each.browser, at: app.deps.now() - 5_000 };
        }
      } else if (each.do === 'code') {
        const { status } = await visitor.post('/api/recovery/code/verify', {
          ...{ username: owner.username, verifier: verifierOf(each.code) },
        });
        judge(status, 'code', codeAlone && each.code === 'right' && !isCodeUsed);
      } else if (each.do === 'wait') app.advance(each.ms);
      else if (each.do === 'open pages') {
        for (const page of ['/recover', '/stop-recovery', '/enrol']) await visitor.get(page);
      } else {
        const ended = await end(each.do, owner);
        if (ended) for (const link of links) link.wait = null;
      }
    }
  }

  /** Whether it ended every wait. */
  async function end(how: string, owner: Awaited<ReturnType<typeof withAddress>>) {
    if (how === 'sign in') return (await app.browser().signIn(owner.device)).status === 200;
    if (how === 'stop') {
      const { status } = await owner.browser.request('DELETE', '/api/recovery/pending');
      return status === 204;
    }
    await delivered();
    const notice = mailbox
      .to(owner.address)
      .findLast(({ text }) => text.includes('/stop-recovery#'));
    if (notice === undefined) return false;
    const token = new URL(linkIn(notice, '/stop-recovery')).hash.slice(1);
    return (await app.browser().post('/api/recovery/veto', { token })).status === 204;
  }

  it('no sequence of steps opens an account without what the table names', async () => {
    await fc.assert(fc.asyncProperty(steps, play), { numRuns: 12, endOnFailure: true });
  }, 240_000);

  it('and what it names does open it', async () => {
    const ask = { do: 'ask', browser: 0 } as Step;
    const follow = (given: Step['code']) =>
      ({ do: 'follow', browser: 0, link: 0, code: given }) as Step;
    const wait = { do: 'wait', ms: delay + hour } as Step;
    Object.assign(opened, { code: 0, 'code and mail': 0, mail: 0 });
    await play([ask, follow('none'), wait, follow('none')]);
    await play([ask, follow('right')]);
    await play([{ do: 'code', browser: 0, code: 'right' } as Step]);
    expect(opened).toEqual({
      ...{ code: Number(codeAlone), 'code and mail': Number(mail), mail: Number(mail) },
    });
  }, 60_000);
});
