import { describe, expect, it, onTestFinished } from 'vitest';
import { RpError } from '../errors.ts';
import type { Caller } from '../records/caller.ts';
import type { Session } from '../records/session.ts';
import type { User } from '../records/user.ts';
import { type OpenedApple, openWithStandIn } from '../testing/apple/opened.ts';
import { bundleIds, servicesId } from '../testing/apple/stand-in.ts';
import type { Person } from '../testing/apple/world.ts';
import {
  type AppleFacts,
  type AppleJourney,
  askApple,
  keepPost,
  openReturn,
  setOut,
} from './web-flow.ts';

type Fields = Readonly<Record<string, string>>;

const signIn = {
  purpose: 'sign-in',
  interaction: null,
  way: null,
  invitation: null,
  userId: null,
  sessionId: null,
} as const;
const linking = { ...signIn, purpose: 'link', userId: 'ann', sessionId: 'session' } as const;

async function start() {
  const opened = await openWithStandIn();
  onTestFinished(() => opened.close());
  return { opened, ann: opened.standIn.addPerson('Ann', 'Appleseed') };
}

/** Only what the flow looks at. */
function callerOf(browser: string | null, userId?: string, sessionId = 'session'): Caller {
  const user = userId === undefined ? null : ({ id: userId } as User);
  const session = userId === undefined ? null : ({ id: sessionId } as Session);
  return { browser, user, session, userAgent: null, country: null };
}

/** To Apple and back to the form post. */
async function post(
  { deps, standIn }: OpenedApple,
  person: Person | null,
  aim: Omit<AppleJourney, 'kind'> = signIn,
  browser = 'browser',
): Promise<Fields> {
  const { url } = setOut(deps, browser, aim);
  return (await standIn.decide(url, { person, hidesEmail: true })).fields;
}

/** From the form post to what it comes to: facts, or the code of the refusal. */
async function comeBack(
  { deps }: OpenedApple,
  fields: Fields,
  caller: Caller = callerOf('browser'),
  keptName?: string,
): Promise<AppleFacts | string> {
  try {
    const { posted, name } = keepPost(deps, { state: '', ...fields });
    const opened = openReturn(deps, caller, { posted, name: name ?? keptName });
    if (opened.code === null) return 'cancelled';
    return await askApple(deps, { ...opened, code: opened.code });
  } catch (error) {
    return (error as { code?: string }).code ?? String((error as Error).cause);
  }
}

const refused = 'challenge_invalid';

describe('the way to Apple', () => {
  it('asks for name and address by a form post, with a nonce that is bound to the state', async () => {
    const { opened } = await start();
    const url = new URL(setOut(opened.deps, 'browser', signIn).url);
    expect(url.origin + url.pathname).toBe(`${opened.standIn.origin}/auth/authorize`);
    expect(url.search).toContain('scope=name%20email');
    const { state, nonce, ...others } = Object.fromEntries(url.searchParams);
    expect(others).toEqual({
      client_id: servicesId,
      redirect_uri: opened.callback,
      response_type: 'code',
      response_mode: 'form_post',
      scope: 'name email',
    });
    expect(nonce).not.toContain(state);
    expect(new URL(setOut(opened.deps, 'browser', signIn).url).searchParams.get('nonce')).not.toBe(
      nonce,
    );
  });

  it('tells Apple neither the account nor the app', async () => {
    const { opened } = await start();
    const { url } = setOut(opened.deps, 'browser', { ...linking, interaction: 'to-an-app' });
    const state = new URL(url).searchParams.get('state') ?? '';
    const inside = Buffer.from(state, 'base64url').toString('latin1');
    expect(inside).not.toMatch(/ann|session|to-an-app/);
  });
});

describe('a form post', () => {
  it('leads to who signed in at Apple, with the name that came', async () => {
    const { opened, ann } = await start();
    const facts = await comeBack(opened, await post(opened, ann));
    expect(facts).toMatchObject({
      identity: { sub: opened.standIn.subOf(ann), isPrivateEmail: true, emailVerified: true },
      clientId: servicesId,
      refreshToken: expect.any(String),
      name: { givenName: 'Ann', familyName: 'Appleseed' },
    });
  });

  it('of who cancelled leads back quietly', async () => {
    const { opened } = await start();
    expect(await comeBack(opened, await post(opened, null))).toBe('cancelled');
  });

  it('holds for ten minutes and no longer', async () => {
    const { opened, ann } = await start();
    const fields = await post(opened, ann);
    opened.advance(600_001);
    expect(await comeBack(opened, fields)).toBe(refused);
  });

  const rows: [string, (fields: Fields, other: Fields) => Fields, string][] = [
    ['without a state', ({ state: _, ...fields }) => fields, refused],
    ['with a state that is none', (fields) => ({ ...fields, state: 'made up' }), refused],
    [
      'with the state cut',
      (fields) => ({ ...fields, state: fields['state']?.slice(0, -4) ?? '' }),
      refused,
    ],
    [
      'with a bit of the state changed',
      (fields) => ({ ...fields, state: flipped(fields['state'] ?? '') }),
      refused,
    ],
    [
      'with a state of another browser',
      (fields, other) => ({ ...fields, state: other['state'] ?? '' }),
      refused,
    ],
    ['without a code', ({ code: _, ...fields }) => fields, refused],
    ['with a code that is none', (fields) => ({ ...fields, code: 'made up' }), 'code-expired'],
    ['with an empty code', (fields) => ({ ...fields, code: '' }), refused],
    [
      'with an error that is not Apple’s',
      (fields) => ({ ...fields, error: 'server_error' }),
      refused,
    ],
    [
      'with a code and that the person cancelled',
      (fields) => ({ ...fields, error: 'user_cancelled_authorize' }),
      'cancelled',
    ],
    [
      'with the code of another person, who set out in another browser',
      (fields, other) => ({ ...fields, code: other['code'] ?? '' }),
      'nonce-mismatch',
    ],
    ['of another browser as a whole', (_fields, other) => other, refused],
  ];
  it.each(rows)('%s is refused', async (_name, bend, outcome) => {
    const { opened, ann } = await start();
    const mine = await post(opened, ann);
    const other = await post(opened, opened.standIn.addPerson('Eve'), signIn, 'other browser');
    expect(await comeBack(opened, bend(mine, other))).toBe(outcome);
  });

  it('with the code of another sign-in of the same browser has the wrong nonce', async () => {
    const { opened, ann } = await start();
    const [one, two] = [await post(opened, ann), await post(opened, ann)];
    expect(await comeBack(opened, { ...one, code: two['code'] ?? '' })).toBe('nonce-mismatch');
  });

  it('with the code of an app has another client', async () => {
    const { opened, ann } = await start();
    const fields = await post(opened, ann);
    const { authorizationCode } = await opened.standIn.native(ann, { bundleId: bundleIds[0] });
    const given = { ...fields, code: authorizationCode };
    expect(await comeBack(opened, given)).toBe('code-of-another-client');
    expect(opened.told()).toBe('');
  });

  it('counts in no browser but the one that set out, and in none without its cookie', async () => {
    const { opened, ann } = await start();
    const fields = await post(opened, ann);
    expect(await comeBack(opened, fields, callerOf('other browser'))).toBe(refused);
    expect(await comeBack(opened, fields, callerOf(null))).toBe(refused);
  });

  it('is made by this server alone: no cookie of others opens', async () => {
    const { opened, ann } = await start();
    const { state = '' } = await post(opened, ann);
    for (const posted of [undefined, '', 'made up', state]) {
      expect(() =>
        openReturn(opened.deps, callerOf('browser'), { posted, name: undefined }),
      ).toThrow(RpError);
    }
  });

  it('without a nonce in the token is refused, if Apple supports nonces', async () => {
    const { opened, ann } = await start();
    opened.standIn.faults.losesNonce = true;
    expect(await comeBack(opened, await post(opened, ann))).toBe('nonce-missing');
  });
});

describe('linking', () => {
  it('is for the account, and the session, that set out', async () => {
    const { opened, ann } = await start();
    const outcome = async (caller: Caller) =>
      comeBack(opened, await post(opened, ann, linking), caller);
    expect(await outcome(callerOf('browser', 'ann'))).toMatchObject({ clientId: servicesId });
    expect(await outcome(callerOf('browser', 'eve'))).toBe(refused);
    expect(await outcome(callerOf('browser', 'ann', 'another session'))).toBe(refused);
    expect(await outcome(callerOf('browser'))).toBe(refused);
  });
});

describe('the name, which comes once', () => {
  const keptNameOf = ({ deps }: OpenedApple, fields: Fields) =>
    keepPost(deps, { state: '', ...fields }).name ?? undefined;

  it('is kept from an attempt that failed at Apple', async () => {
    const { opened, ann } = await start();
    const first = await post(opened, ann);
    opened.standIn.faults.answers.set('/auth/token', 'unavailable');
    expect(await comeBack(opened, first)).toBe('unavailable');
    opened.standIn.faults.answers.clear();
    const second = await post(opened, ann);
    expect(second['user']).toBeUndefined();
    const name = keptNameOf(opened, first);
    expect(await comeBack(opened, second, callerOf('browser'), name)).toMatchObject({
      name: { givenName: 'Ann', familyName: 'Appleseed' },
    });
  });

  it('is not taken from an attempt of another person, or of another browser', async () => {
    const { opened, ann } = await start();
    const { standIn } = opened;
    const mine = await post(opened, ann);
    const second = () => post(opened, ann);
    const bobs = keptNameOf(opened, await post(opened, standIn.addPerson('Bob')));
    const named = async (name: string | undefined) =>
      comeBack(opened, await second(), callerOf('browser'), name);
    expect(await named(bobs)).toMatchObject({ name: null });
    const { email } = JSON.parse(mine['user'] ?? '{}');
    const user = JSON.stringify({ name: { firstName: 'Eve' }, email });
    const theirs = await post(opened, standIn.addPerson('Eve'), signIn, 'other browser');
    expect(await named(keptNameOf(opened, { ...theirs, user }))).toMatchObject({ name: null });
    expect(await named(keptNameOf(opened, { ...theirs, state: 'made up', user }))).toMatchObject({
      name: null,
    });
  });

  it('of an attempt that told no address is nobody’s, if the token has none either', async () => {
    const { opened, ann } = await start();
    const bobs = await post(opened, opened.standIn.addPerson('Bob'));
    const user = JSON.stringify({ name: { firstName: 'Bob' } });
    opened.standIn.faults.leavesEmailOut = true;
    await post(opened, ann);
    const again = await post(opened, ann);
    expect(again['user']).toBeUndefined();
    const name = keptNameOf(opened, { ...bobs, user });
    expect(await comeBack(opened, again, callerOf('browser'), name)).toMatchObject({ name: null });
  });

  it('may come with an address that is not in the token', async () => {
    const { opened, ann } = await start();
    opened.standIn.faults.leavesEmailOut = true;
    expect(await comeBack(opened, await post(opened, ann))).toMatchObject({
      identity: { email: null },
      name: { givenName: 'Ann' },
    });
  });

  it.each<[string, string, unknown]>([
    [
      'a name in parts',
      '{"name":{"firstName":"Ann","lastName":"B"}}',
      { givenName: 'Ann', familyName: 'B' },
    ],
    ['one part', '{"name":{"firstName":"Ann"}}', { givenName: 'Ann', familyName: null }],
    [
      'spaces and line ends',
      '{"name":{"firstName":"  Ann\\n Lee "}}',
      { givenName: 'Ann Lee', familyName: null },
    ],
    [
      'signs that turn text round',
      '{"name":{"firstName":"A\\u202Enn"}}',
      { givenName: 'A nn', familyName: null },
    ],
    [
      'markup, which is text',
      '{"name":{"firstName":"<b>"}}',
      { givenName: '<b>', familyName: null },
    ],
    ['empty parts', '{"name":{"firstName":"","lastName":" "}}', null],
    ['parts of another type', '{"name":{"firstName":7,"lastName":{}}}', null],
    ['no name', '{"email":"a@b.example"}', null],
    ['a name of another type', '{"name":"Ann"}', null],
    ['text', 'Ann', null],
    ['nothing', '', null],
    ['null', 'null', null],
    ['a list', '[]', null],
    ['a whole book', JSON.stringify({ name: { firstName: 'a'.repeat(2000) } }), null],
  ])('of %s is read as what it is', async (_name, user, name) => {
    const { opened, ann } = await start();
    opened.standIn.faults.losesUser = true;
    const fields = await post(opened, ann);
    expect(await comeBack(opened, { ...fields, user })).toMatchObject({ name });
  });

  it('fits into a cookie, however long it is', async () => {
    const { opened, ann } = await start();
    const fields = await post(opened, ann, { ...linking, userId: 'u'.repeat(86) });
    const part = '𝒶'.repeat(500);
    const user = JSON.stringify({
      name: { firstName: part, lastName: part },
      email: 'a@b.example',
    });
    const kept = keepPost(opened.deps, { state: '', ...fields, user });
    expect(kept.name).not.toBeNull();
    for (const cookie of [kept.posted, kept.name ?? '']) expect(cookie.length).toBeLessThan(3800);
  });
});

function flipped(text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  return bytes.toString('base64url');
}
