/** Who may open an account: anybody, whoever is invited, or nobody by themselves. */
import { afterAll, describe, expect, it } from 'vitest';
import { inviteAccount, revokeInvitation } from '../administration/invitation.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import type { CreateBend } from '../testing/bend.ts';
import type { TestBrowser } from '../testing/browser.ts';

const open = await startTestApp();
const byInvitation = await startTestApp({ env: { SIGN_UP: 'invitation' } });
const closed = await startTestApp({ env: { SIGN_UP: 'closed' } });
const all = { open, invitation: byInvitation, closed };
afterAll(() => Promise.all(Object.values(all).map((app) => app.close())));

async function invite(app: TestApp, name?: string, minutes = 60) {
  const facts = await inviteAccount({ ...app.deps, operator: 'root' }, { name, minutes });
  const { origin, pathname, hash } = new URL(facts.link);
  expect(origin + pathname).toBe(`${app.origin}/invite`);
  return hash.slice(1);
}

const ask = (browser: TestBrowser, body: object) => browser.post('/api/registration/options', body);
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [
  status,
  body.code,
];
const refusedBy = async (app: TestApp, body: object) => codeOf(await ask(app.browser(), body));

/** Up to the passkey: what is left is to send it. */
async function begin(
  app: TestApp,
  body: object,
  { browser = app.browser(), bend }: { browser?: TestBrowser; bend?: CreateBend } = {},
) {
  const { status, body: options } = await ask(browser, body);
  expect(status).toBe(200);
  const response = await app.device().create(options, bend);
  return () => browser.verifyRegistration(response);
}
async function accept(app: TestApp, body: object, browser?: TestBrowser) {
  const complete = await begin(app, body, browser && { browser });
  return complete();
}

describe.each([byInvitation, closed])('where strangers open no accounts', (app) => {
  it('says so before it looks at a name, to whoever asks', async () => {
    const taken = app.newName();
    expect((await accept(app, { invitation: await invite(app, taken) })).status).toBe(201);
    const before = await app.contents();
    const bodies = [taken, app.newName(), 'no name'].map((username) => ({ username }));
    const answers = await Promise.all(bodies.map((body) => ask(app.browser(), body)));
    for (const { status, body, headers } of answers) {
      expect({ status, body }).toEqual({ status: 403, body: answers[0]?.body });
      expect(headers.get('set-cookie')).toBeNull();
    }
    expect(answers[0]?.body.code).toBe('sign_up_closed');
    expect(await app.contents()).toEqual(before);
  });

  it('says so to who is signed in, too, and lets them add passkeys', async () => {
    const browser = app.browser();
    const body = { username: app.newName(), invitation: await invite(app) };
    expect((await accept(app, body, browser)).status).toBe(201);
    expect(codeOf(await ask(browser, { username: app.newName() }))[1]).toBe('sign_up_closed');
    expect((await browser.addPasskey(app.device())).status).toBe(201);
  });

  it('shows no way to a new account, and says what to do', async () => {
    const { body } = await app.browser().get('/sign-in');
    expect(body).not.toContain('#create');
    expect(body).toContain(app === closed ? 'open an account for you' : 'You need an invitation');
  });
});

it('is open if nobody says otherwise', async () => {
  expect((await open.browser().signUp(open.newName(), open.device())).status).toBe(201);
  expect((await open.browser().get('/sign-in')).body).toContain('#create');
});

it('judges what was promised while it was open when the passkey comes', async () => {
  const [browser, device] = [open.browser(), open.device()];
  const options = await browser.creationOptions({ username: open.newName() });
  const response = await device.create(options);
  const { config } = open.deps;
  Object.assign(open.deps, { config: { ...config, signUp: 'invitation' } });
  const late = await browser.verifyRegistration(response);
  Object.assign(open.deps, { config });
  expect(codeOf(late)).toEqual([403, 'sign_up_closed']);
  // Nothing was spent.
  expect((await browser.verifyRegistration(response)).status).toBe(201);
});

describe.each(['open', 'invitation', 'closed'] as const)('an invitation, with %s', (policy) => {
  const app = all[policy];

  it('opens one account under a name that its owner chooses, and says who invited', async () => {
    const invitation = await invite(app);
    const username = app.newName();
    const read = await app.browser().post('/api/invitation', { token: invitation });
    expect(read.body).toEqual({ username: null, expiresAt: expect.any(String) });
    expect(await refusedBy(app, { invitation })).toEqual([400, 'invalid_request']);
    const made = await accept(app, { username, displayName: 'Ann', invitation });
    expect(made.body).toMatchObject({ user: { username, displayName: 'Ann' } });
    const { entries } = await app.deps.store.listAudit(made.body.user.id, { limit: 1 });
    expect(entries).toMatchObject([{ kind: 'account-created', evidence: { invitedBy: 'root' } }]);
    for (const body of [{ username: app.newName(), invitation }, { invitation }]) {
      expect(await refusedBy(app, body)).toEqual([400, 'invitation_invalid']);
    }
    const gone = await app.browser().post('/api/invitation', { token: invitation });
    expect(codeOf(gone)).toEqual([400, 'invitation_invalid']);
  });

  it('opens the account of the name that the operator gave, and no other', async () => {
    const username = app.newName();
    const invitation = await invite(app, username);
    const read = await app.browser().post('/api/invitation', { token: invitation });
    expect(read.body.username).toBe(username);
    expect(await refusedBy(app, { username: app.newName(), invitation })).toEqual([
      400,
      'invitation_invalid',
    ]);
    expect((await accept(app, { invitation })).body.user.username).toBe(username);
  });
});

describe('an invitation', () => {
  const app = byInvitation;
  const root = { ...app.deps, operator: 'root' };

  it('is not used up by who looks at its page, or asks for options', async () => {
    const invitation = await invite(app);
    const browser = app.browser();
    for (const path of ['/invite', `/invite?token=${invitation}`]) {
      expect((await browser.get(path)).status).toBe(200);
    }
    await ask(browser, { username: app.newName(), invitation });
    expect((await accept(app, { username: app.newName(), invitation })).status).toBe(201);
  });

  it('makes one account for 20 who accept it at once, each under a name of their own', async () => {
    const invitation = await invite(app);
    const begun = Array.from({ length: 20 }, () =>
      begin(app, { username: app.newName(), invitation }),
    );
    const answers = await Promise.all((await Promise.all(begun)).map((complete) => complete()));
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201).map(codeOf);
    expect(new Set(refused.map(String))).toEqual(new Set(['400,invitation_invalid']));
  });

  it('is refused after its time, also by a ceremony that it began', async () => {
    const invitation = await invite(app, undefined, 1);
    const complete = await begin(app, { username: app.newName(), invitation });
    app.advance(60_000);
    expect(codeOf(await complete())).toEqual([400, 'invitation_invalid']);
    expect(await refusedBy(app, { invitation })).toEqual([400, 'invitation_invalid']);
    app.advance(-60_000);
  });

  it('that is revoked meanwhile makes no account, for 20 who accept it at once', async () => {
    for (const tries of [1, 20]) {
      const { id, link } = await inviteAccount(root, { name: undefined, minutes: 60 });
      const invitation = new URL(link).hash.slice(1);
      const begun = await Promise.all(
        Array.from({ length: tries }, () => begin(app, { username: app.newName(), invitation })),
      );
      const revoked = revokeInvitation(root, id).then(
        () => 201,
        () => null,
      );
      const answers = await Promise.all(begun.map((complete) => complete()));
      const made = answers.filter(({ status }) => status === 201).length;
      expect(made + Number((await revoked) !== null)).toBe(1);
      const refusals = answers.filter(({ status }) => status !== 201).map(({ body }) => body.code);
      const expected = made === 0 ? 'invitation_revoked' : 'invitation_invalid';
      expect(new Set(refusals)).toEqual(new Set(tries > made ? [expected] : []));
    }
  });

  it('is not used up by a passkey that is refused', async () => {
    const invitation = await invite(app);
    const body = { username: app.newName(), invitation };
    const bend = { flags: { uv: false } };
    const bent = await begin(app, body, { bend });
    expect(codeOf(await bent())).toEqual([403, 'user_verification_required']);
    expect((await accept(app, body)).status).toBe(201);
  });

  it('is kept as a hash alone, and stands in no log', async () => {
    const [used, unused] = [await invite(app), await invite(app)];
    await accept(app, { username: app.newName(), invitation: used });
    await app.browser().get(`/invite?${unused}`);
    const stored = JSON.stringify(await app.contents());
    for (const token of [used, unused]) {
      expect(stored).not.toContain(token);
      expect(app.logLines.join()).not.toContain(token);
    }
  });

  it('is made for no name that is taken or can be none, and is on record', async () => {
    const username = app.newName();
    await accept(app, { invitation: await invite(app, username) });
    await expect(invite(app, username)).rejects.toMatchObject({ refusal: { code: 'name_taken' } });
    await expect(invite(app, 'a b')).rejects.toMatchObject({ refusal: { code: 'name_unusable' } });
    const [latest] = await app.deps.store.listOperatorEntries(1);
    expect(latest).toMatchObject({ kind: 'account-invited', operator: 'root' });
    expect(JSON.stringify(latest)).not.toContain(username);
  });
});
