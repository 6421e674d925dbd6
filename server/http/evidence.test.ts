/** What a good signature does not excuse, under every policy that an operator may choose. */
import { describe, expect, it } from 'vitest';
import type { Credential } from '../records/credential.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { GetBend } from '../testing/bend.ts';
import { importPerson } from '../testing/imported.ts';

const counting: Partial<Credential> = { signCount: 10 };
const bound: Partial<Credential> = { backupEligible: false, backedUp: false };
const unknown: Partial<Credential> = { ...bound, backupKnown: false };
const gain: GetBend = { flags: { be: true } };
const loss: GetBend = { flags: { be: false, bs: false } };
const fall: GetBend = { signCount: 10 };

interface Row {
  readonly env: Readonly<Record<string, string>>;
  readonly held: Partial<Credential>;
  readonly bend: GetBend;
  readonly answer: 'refused' | 'verified' | 'unverified';
  /** What is recorded, beside the sign-in itself. */
  readonly finding: string | null;
  readonly after: Partial<Credential>;
}

const marked = { state: 'suspected-clone' } as const;
const counter = (policy: string) => ({ SIGN_COUNT_REGRESSION: policy });
const flags = (policy: string) => ({ BACKUP_ELIGIBILITY_GAIN: policy });
const superseded = { ...counting, state: 'superseded' } as const;

const rows: [string, Row][] = [
  ...['refuse', 'mark', 'step-up'].flatMap((policy): [string, Row][] => {
    const refused = policy === 'refuse';
    const fell: Row = {
      ...{ env: counter(policy), held: counting, bend: fall, finding: 'sign-count-regressed' },
      answer: refused ? 'refused' : 'unverified',
      after: { ...marked, signCount: 10 },
    };
    return [
      [`a counter that stood still, under ${policy}`, fell],
      [
        `a counter that went to zero, under ${policy}`,
        { ...fell, bend: { signCount: 0 }, after: { ...marked, signCount: refused ? 10 : 0 } },
      ],
      [`a counter that stood still, superseded, under ${policy}`, { ...fell, held: superseded }],
      [
        `a counter that grew, superseded, under ${policy}`,
        {
          ...{ env: counter(policy), held: superseded, bend: {}, answer: 'verified' },
          ...{ finding: 'passkey-reactivated', after: { state: 'active', signCount: 11 } },
        },
      ],
      [
        `a counter that grew, under suspicion, under ${policy}`,
        {
          ...{ env: counter(policy), held: { ...counting, ...marked }, bend: {} },
          ...{ answer: 'unverified', finding: null, after: { ...marked, signCount: 11 } },
        },
      ],
    ];
  }),
  ...(['stood still', 'went to zero'] as const).flatMap((how): [string, Row][] => {
    const bend = { signCount: how === 'stood still' ? 10 : 0 };
    const row = { env: {}, bend };
    const mark: Partial<Credential> = {
      ...marked,
      signCount: 10,
      counterFellAt: expect.any(Number),
    };
    return [
      [
        `bound to its device, a counter that ${how}, by default`,
        {
          ...{ ...row, held: { ...counting, ...bound }, answer: 'refused' },
          ...{ finding: 'sign-count-regressed', after: mark },
        },
      ],
      [
        `that syncs, a counter that ${how}, by default`,
        {
          ...{ ...row, held: counting, answer: 'verified', finding: null },
          after: { state: 'active', ...bend, counterFellAt: expect.any(Number) },
        },
      ],
      [
        `that syncs, for all we learn, a counter that ${how}, by default`,
        {
          ...{ env: {}, held: { ...counting, ...unknown }, finding: null, answer: 'verified' },
          bend: { ...bend, flags: { be: true, bs: true } },
          after: { state: 'active', ...bend, backupEligible: true },
        },
      ],
      [
        `that says only now that it syncs, a counter that ${how}, under accept`,
        {
          ...{ env: flags('accept'), held: { ...counting, ...bound }, answer: 'refused' },
          ...{ bend: { ...bend, ...gain }, finding: 'sign-count-regressed' },
          after: { ...marked, backupEligible: false },
        },
      ],
    ];
  }),
  ...['refuse', 'accept'].flatMap((policy): [string, Row][] => {
    const finding = 'backup-eligibility-changed';
    const gained = policy === 'accept';
    return [
      [
        `become eligible for backup, under ${policy}`,
        {
          ...{ env: flags(policy), held: bound, bend: gain, finding },
          answer: gained ? 'verified' : 'refused',
          after: { state: 'active', backupEligible: gained },
        },
      ],
      [
        `eligible no longer, under ${policy}`,
        {
          ...{ env: flags(policy), held: {}, bend: loss, finding, answer: 'refused' },
          after: { state: 'active', backupEligible: true, backedUp: true },
        },
      ],
      [
        `eligible for backup, which nobody knew, under ${policy}`,
        {
          ...{ env: flags(policy), held: unknown, bend: { flags: { be: true, bs: true } } },
          ...{ answer: 'verified', finding: null },
          after: { state: 'active', backupEligible: true, backedUp: true, backupKnown: true },
        },
      ],
      [
        `bound to a device, which nobody knew, under ${policy}`,
        {
          ...{ env: flags(policy), held: unknown, bend: {}, answer: 'verified', finding: null },
          after: { state: 'active', backupEligible: false, backupKnown: true },
        },
      ],
      [
        `both fallen and changed, under ${policy}`,
        {
          ...{ env: flags(policy), held: { ...bound, ...counting }, finding },
          ...{ bend: { ...gain, ...fall }, answer: 'refused' },
          after: { ...marked, backupEligible: false },
        },
      ],
    ];
  }),
];

async function withApp(env: Row['env'], work: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await startTestApp({ env });
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

describe('a passkey', () => {
  it.each(rows)('%s', (_what, { env, held, bend, answer, finding, after }) =>
    withApp(env, async (app) => {
      const { devices, ids, userId } = await importPerson(app, held);
      const [[device], [id = '']] = [devices as [SoftwareAuthenticator], ids];
      const browser = app.browser();
      const response = await device.get(await browser.requestOptions(), bend);
      const { status, body } = await browser.verifyAuthentication(response);

      const found = (await app.deps.store.findCredential(id))?.credential;
      expect(found).toMatchObject(after);
      const audit = (await app.deps.store.listAudit(userId, { limit: 10 })).entries;
      const kinds = audit.map(({ kind }) => kind).reverse();
      if (answer === 'refused') {
        expect([status, body.code]).toEqual([400, 'verification_failed']);
        expect(browser.cookies.has('latchkey-session')).toBe(false);
        expect(kinds).toContain(finding);
        expect(kinds).not.toContain('signed-in');
      } else {
        expect([status, body.userVerified]).toEqual([200, answer === 'verified']);
        expect(kinds).toEqual([...(finding === null ? [] : [finding]), 'signed-in']);
      }
      // Refused or not, it was shown once.
      const again = await browser.verifyAuthentication(response);
      expect(again.body.code).toBe('challenge_invalid');
    }),
  );
});

describe('a suspicion', () => {
  const lenient = { USER_VERIFICATION_STEP_UP: 'preferred', USER_VERIFICATION_MANAGE: 'preferred' };
  const stepUp = { purpose: 'step-up' };

  /** Whose first passkey is under suspicion, whose third is too, and whose session the first opened. */
  async function suspect(app: TestApp) {
    const person = await importPerson(app, { ...counting, ...marked }, {}, { ...marked });
    const [suspected, sound, another] = person.devices as [
      ...[SoftwareAuthenticator, SoftwareAuthenticator, SoftwareAuthenticator],
    ];
    const browser = app.browser();
    await browser.signIn(suspected);
    const states = async () =>
      (await app.deps.store.listCredentials(person.userId)).map(({ state }) => state);
    return { ...person, browser, suspected, sound, another, states };
  }

  it.each([
    ['auto', 'active'],
    ['refuse', 'suspected-clone'],
    ['mark', 'suspected-clone'],
    ['step-up', 'active'],
  ])('under %s, after a step-up with another passkey, leaves one %s', (policy, state) =>
    withApp(counter(policy), async (app) => {
      const { browser, suspected, sound, states, userId, ids } = await suspect(app);
      expect((await browser.request('DELETE', '/api/account')).body.code).toBe('step_up_required');
      expect((await browser.signIn(sound, stepUp)).body.userVerified).toBe(true);
      expect(await states()).toEqual([state, 'active', state]);
      const cleared = (await app.deps.store.listAudit(userId, { limit: 10 })).entries.filter(
        ({ kind }) => kind === 'clone-suspicion-cleared',
      );
      const expected = state === 'active' ? [ids[0], ids[2]] : [];
      expect(cleared.map(({ credentialId }) => credentialId).sort()).toEqual(expected.sort());
      const signedIn = await app.browser().signIn(suspected);
      expect(signedIn.body.userVerified).toBe(state === 'active');
    }),
  );

  it.each<[string, (person: Awaited<ReturnType<typeof suspect>>) => Promise<unknown>]>([
    ['itself', ({ browser, suspected }) => browser.signIn(suspected, stepUp)],
    ['another that is under suspicion', ({ browser, another }) => browser.signIn(another, stepUp)],
    [
      'another that verified nobody',
      ({ browser, sound }) => browser.signIn(sound, stepUp, { flags: { uv: false } }),
    ],
    ['another, which only signed in', ({ browser, sound }) => browser.signIn(sound)],
  ])('under step-up, is not taken off by %s', (_what, attempt) =>
    withApp({ ...counter('step-up'), ...lenient }, async (app) => {
      const person = await suspect(app);
      expect(await attempt(person)).toMatchObject({ status: 200 });
      expect(await person.states()).toEqual(['suspected-clone', 'active', 'suspected-clone']);
    }),
  );

  it.each(
    ['mark', 'step-up'].flatMap((policy) =>
      ['required', 'preferred', 'discouraged'].map((manage) => [policy, manage] as const),
    ),
  )('under %s, and %s to manage, changes nothing by the suspected one alone', (policy, manage) =>
    withApp({ ...counter(policy), USER_VERIFICATION_MANAGE: manage }, async (app) => {
      const { browser, ids, sound } = await suspect(app);
      const calls = [
        () => browser.request('POST', '/api/registration/options', {}),
        () => browser.request('DELETE', `/api/credentials/${ids[2]}`),
        () => browser.request('PATCH', '/api/account', { username: `taken-${ids[0]}` }),
        () => browser.request('DELETE', '/api/account'),
      ];
      for (const call of calls) expect((await call()).body.code).toBe('step_up_required');
      expect((await browser.signIn(sound, stepUp)).status).toBe(200);
      for (const call of calls) expect((await call()).status).toBe(200);
    }),
  );

  describe('of the only passkey', () => {
    const day = 86_400_000;
    async function alone(app: TestApp, env: string) {
      const { devices, ids, userId } = await importPerson(app, { ...counting, ...bound });
      const [device, id = ''] = [devices[0] as SoftwareAuthenticator, ids[0]];
      await app.browser().signIn(device, {}, fall);
      const browser = app.browser();
      const signedIn = await browser.signIn(device);
      expect([env, signedIn.body.userVerified]).toEqual([env, false]);
      const state = async () => (await app.deps.store.findCredential(id))?.credential.state;
      const shown = async () => (await browser.get('/api/credentials')).body.credentials[0];
      return { browser, device, state, shown, userId };
    }

    it.each(['auto', 'step-up'])('under %s, ends a week after the fall, by a step-up', (policy) =>
      withApp(counter(policy), async (app) => {
        const { browser, device, state, shown, userId } = await alone(app, policy);
        const ends = Date.parse((await shown()).suspicionEndsAt);
        expect(Math.abs(ends - app.deps.now() - 7 * day)).toBeLessThan(60_000);
        app.advance(7 * day - 60_000);
        expect((await browser.signIn(device, stepUp)).body.userVerified).toBe(false);
        expect((await browser.request('DELETE', '/api/account')).body.code).toBe(
          'step_up_required',
        );
        app.advance(60_000);
        // Signing in is not confirming, and who is not verified confirms nothing.
        expect((await browser.signIn(device)).body.userVerified).toBe(false);
        expect(await state()).toBe('suspected-clone');
        const confirmed = await browser.signIn(device, stepUp);
        expect(confirmed.body).toMatchObject({
          userVerified: true,
          credential: { state: 'active' },
        });
        expect(await state()).toBe('active');
        expect((await shown()).suspicionEndsAt).toBeUndefined();
        const { entries } = await app.deps.store.listAudit(userId, { limit: 2 });
        expect(entries.map(({ kind }) => kind)).toEqual(['clone-suspicion-cleared', 'stepped-up']);
        expect((await browser.addPasskey(app.device())).status).toBe(201);
      }),
    );

    it.each(['refuse', 'mark'])('under %s, ends by an operator alone', (policy) =>
      withApp(counter(policy), async (app) => {
        const { browser, device, state, shown } = await alone(app, policy);
        expect((await shown()).suspicionEndsAt).toBeUndefined();
        app.advance(20 * day);
        expect((await browser.signIn(device, stepUp)).body.userVerified).toBe(false);
        expect(await state()).toBe('suspected-clone');
      }),
    );

    it('waits anew after every fall, as two copies in use show themselves', () =>
      withApp({}, async (app) => {
        const { browser, device, state } = await alone(app, 'auto');
        for (let week = 0; week < 3; week++) {
          app.advance(6 * day);
          // The other copy counts for itself.
          await app.browser().signIn(device, {}, { signCount: 2 });
          app.advance(2 * day);
          expect((await browser.signIn(device, stepUp)).body.userVerified).toBe(false);
        }
        expect(await state()).toBe('suspected-clone');
        // Nor does a fall end what it begins.
        app.advance(8 * day);
        const fallen = await browser.signIn(device, stepUp, { signCount: 1 });
        expect(fallen.body.code).toBe('verification_failed');
        expect(await state()).toBe('suspected-clone');
      }));

    it('is not ended without user verification', () =>
      withApp({ ...counter('auto'), ...lenient }, async (app) => {
        const { browser, device, state } = await alone(app, 'auto');
        app.advance(8 * day);
        await browser.signIn(device, stepUp, { flags: { uv: false } });
        expect(await state()).toBe('suspected-clone');
      }));
  });

  it('of a passkey that syncs is not raised by two devices that each count for themselves', () =>
    withApp({}, async (app) => {
      const { devices, ids } = await importPerson(app, counting);
      const device = devices[0] as SoftwareAuthenticator;
      for (const signCount of [11, 3, 12, 4, 13]) {
        const signedIn = await app.browser().signIn(device, {}, { signCount });
        expect(signedIn.body).toMatchObject({
          userVerified: true,
          credential: { state: 'active' },
        });
      }
      const { user } = (await app.deps.store.findCredential(ids[0] ?? '')) ?? {};
      const { entries } = await app.deps.store.listAudit(user?.id ?? '', { limit: 10 });
      expect(entries.map(({ kind }) => kind)).toEqual(Array(5).fill('signed-in'));
      // What they said is in the evidence.
      expect(entries.map(({ evidence }) => evidence)).toMatchObject([
        { storedSignCount: 4, signCount: 13 },
        { storedSignCount: 12, signCount: 4 },
        { storedSignCount: 3, signCount: 12 },
        { storedSignCount: 11, signCount: 3 },
        { storedSignCount: 10, signCount: 11 },
      ]);
    }));

  it('is raised again by the next fall', () =>
    withApp(counter('step-up'), async (app) => {
      const { browser, suspected, sound, states } = await suspect(app);
      await browser.signIn(sound, stepUp);
      await app.browser().signIn(suspected, {}, fall);
      expect((await states())[0]).toBe('suspected-clone');
    }));
});
