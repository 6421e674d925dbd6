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

const often = <Value>(usual: Value, ...others: Value[]) =>
  fc.constantFrom(usual, usual, usual, ...others);
const browser = often(0, 1);
const link = often(0, 1, 2);
const wait = fc.record({
  do: fc.constant('wait'),
  ms: fc.constantFrom(hour, 25 * hour, delay - hour, delay, 8 * 24 * hour),
});
const follow = fc.record({
  ...{ do: fc.constant('follow'), browser, link },
  code: often('none', 'right', 'wrong'),
});
const end = fc.record({ do: fc.constantFrom('sign in', 'sign in', 'stop', 'veto', 'open pages') });
/** Comes back with the link once the wait is over, or nearly: chance alone hardly ever does. */
const comeBack = [
  fc.record({ do: fc.constant('wait'), ms: often(delay, delay - hour, 8 * 24 * hour) }),
  fc.record({
    ...{ do: fc.constant('follow'), browser: fc.nat({ max: 1 }), link: fc.constant(0) },
    code: fc.constant('none'),
  }),
] as const;
const moves = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(fc.record({ do: fc.constant('ask'), browser })) },
  { weight: 3, arbitrary: fc.tuple(follow) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.record({ do: fc.constant('code'), browser, code: often('right', 'wrong') }),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(wait) },
  { weight: 3, arbitrary: fc.tuple(end, ...comeBack) },
  { weight: 2, arbitrary: fc.tuple(...comeBack) },
);
const ask = { do: 'ask', browser: 0 };
const begin = { do: 'follow', browser: 0, link: 0, code: 'none' };
const steps = fc
  .tuple(often([ask, begin], [ask], []), fc.array(moves, { minLength: 2, maxLength: 5 }))
  .map(([first, then]) => [...first, ...then.flat()] as Step[]);

/** What chance may miss: each is worth nothing, though a step less or another one would make it count. */
const examples = [
  [ask, begin, { do: 'wait', ms: delay - hour }, begin],
  [ask, begin, { do: 'wait', ms: delay }, { ...begin, browser: 1 }],
  [ask, begin, { do: 'sign in' }, { do: 'wait', ms: delay }, begin],
  [ask, begin, { do: 'stop' }, { do: 'wait', ms: delay }, begin],
  [ask, begin, { do: 'veto' }, { do: 'wait', ms: delay }, begin],
  [ask, { ...begin, code: 'right' }, ask, { ...begin, code: 'right' }],
] as Step[][];

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
      // What a code alone has opened ends a wait only when it adds a passkey.
      if (how !== 'code') for (const link of links) link.wait = null;
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
        const ended = await endBy(each.do, owner);
        if (ended) for (const link of links) link.wait = null;
      }
    }
  }

  /** Whether it ended every wait. */
  async function endBy(how: string, owner: Awaited<ReturnType<typeof withAddress>>) {
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
    await fc.assert(fc.asyncProperty(steps, play), {
      examples: examples.map((each): [Step[]] => [each]),
      numRuns: examples.length + 12,
      endOnFailure: true,
    });
  }, 240_000);

  it('and what it names does open it', async () => {
    const using = (code: Step['code']) => ({ ...begin, code });
    const overWait = { do: 'wait', ms: delay + hour };
    Object.assign(opened, { code: 0, 'code and mail': 0, mail: 0 });
    await play([ask, begin, overWait, begin] as Step[]);
    await play([ask, using('right')] as Step[]);
    await play([{ do: 'code', browser: 0, code: 'right' } as Step]);
    expect(opened).toEqual({
      ...{ code: Number(codeAlone), 'code and mail': Number(mail), mail: Number(mail) },
    });
  }, 60_000);
});
