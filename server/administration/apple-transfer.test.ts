/** An app moves from one team to another, against the stand-in for Apple. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findApple } from '../apple/accounts.ts';
import { openApple } from '../apple/apple.ts';
import { AppleFailure } from '../apple/failure.ts';
import { loadConfig } from '../config.ts';
import { startTestApp, type TestApp } from '../testing/app.ts';
import { type AppleStandIn, startApple } from '../testing/apple/stand-in.ts';
import type { Person } from '../testing/apple/world.ts';
import { newNonce, newSession, newUser } from '../testing/records.ts';
import type { Administration } from './administration.ts';
import {
  exportPeople,
  importPeople,
  showTransfer,
  type TransferOptions,
} from './apple-transfer.ts';

const [before, next] = ['A1B2C3D4E5', 'Z1B2C3D4E5'];
const origin = 'http://localhost:3000';
const day = 86_400_000;

let standIn: AppleStandIn;
let app: TestApp;
let people: Person[];
let pauses: number[];
beforeEach(async () => {
  standIn = await startApple();
  app = await startTestApp({ env: standIn.env(origin) });
  standIn.now = app.deps.now;
  standIn.addTeam(next);
  people = ['Ann', 'Bob', 'Cat'].map((name) => standIn.addPerson(name));
  pauses = [];
});
afterEach(async () => {
  await app.close();
  await standIn.close();
});

/** As the operator of a team is configured. */
function operator(team: string, former?: string) {
  const env = { ...standIn.env(origin, team), ...(former && { APPLE_FORMER_TEAM_ID: former }) };
  const config = loadConfig({ ORIGIN: origin, ...env });
  const { store, now, log } = app.deps;
  const apple = openApple(config, { fetch, now, log });
  if (apple === null) throw new Error('Sign in with Apple is off');
  const deps: Administration = { config, store, now, operator: 'root', random: randomBytes };
  const options: TransferOptions = {
    ...{ migration: apple.migration, rate: 10, dryRun: false },
    isUnknownPerson: (error) => error instanceof AppleFailure && error.cause === 'person-unknown',
    pause: async (milliseconds) => void pauses.push(milliseconds),
  };
  return { deps, options, config, apple };
}

async function signIn(person: Person, of: Pick<TestApp['deps'], 'config' | 'apple'> = app.deps) {
  const nonce = randomUUID();
  const hashed = createHash('sha256').update(nonce).digest('hex');
  const given = { ...(await standIn.native(person, { nonce: hashed, hidesEmail: true })), nonce };
  Object.assign(app.deps, of);
  const { status, body } = await app.browser().post('/api/apple/native', given);
  expect(status).toBe(200);
  return body;
}
/** The app was exported, and accepted by the next team; resolves to its operator. */
async function moved() {
  const { deps, options } = operator(before);
  standIn.beginTransfer(next);
  await exportPeople(deps, { ...options, to: next });
  standIn.acceptTransfer();
  return operator(next, before);
}
const asked = () => standIn.seen.filter(({ path }) => path === '/auth/usermigrationinfo').length;

describe('an app that moves to another team', () => {
  it('brings every account along, and people are recognised from then on', async () => {
    const accounts = [];
    for (const person of people) accounts.push((await signIn(person)).user.id);
    const { deps, options, config, apple } = await moved();
    const run = await importPeople(deps, options);
    expect(run).toMatchObject({ done: 3, known: 0, unknown: [] });
    expect(run.status.teams).toEqual([
      { team: before, links: 3, exported: 3, received: 3 },
      { team: next, links: 3, exported: 0, received: 0 },
    ]);
    // Without the team of before, by the new names alone.
    const alone = { ...config, apple: config.apple && { ...config.apple, teams: [next] } };
    for (const [index, person] of people.entries()) {
      const body = await signIn(person, {
        config: { ...app.deps.config, apple: alone.apple },
        apple,
      });
      expect(body).toMatchObject({ created: false, user: { id: accounts[index] } });
      // Its owner sees the link of today, with the address of today.
      const shown = await findApple({ ...app.deps, config: alone }, body);
      expect(shown?.link.team).toBe(next);
    }
    expect(pauses).toEqual(Array(6).fill(100));
  });

  it('asks for nothing twice, wherever a run ended', async () => {
    for (const person of people) await signIn(person);
    const { deps, options } = operator(before);
    standIn.beginTransfer(next);
    let answered = 0;
    const migration = {
      ...options.migration,
      transferSubOf: async (sub: string, team: string) => {
        if (answered === 2) throw new AppleFailure('throttled');
        answered += 1;
        return options.migration.transferSubOf(sub, team);
      },
    };
    await expect(exportPeople(deps, { ...options, migration, to: next })).rejects.toThrow();
    expect((await showTransfer(deps)).teams).toMatchObject([{ links: 3, exported: 2 }]);
    expect(await exportPeople(deps, { ...options, to: next })).toMatchObject({ done: 1, known: 2 });
    expect(asked()).toBe(3);
    expect(await exportPeople(deps, { ...options, to: next })).toMatchObject({ done: 0, known: 3 });
    standIn.acceptTransfer();
    const receiver = operator(next, before);
    expect(await importPeople(receiver.deps, receiver.options)).toMatchObject({ done: 3 });
    expect(await importPeople(receiver.deps, receiver.options)).toMatchObject({
      done: 0,
      known: 3,
    });
    expect(asked()).toBe(6);
  });

  it('finds who signs in before the import comes to them, by either team', async () => {
    const [person] = people as [Person];
    const { user } = await signIn(person);
    const { deps, options, config, apple } = await moved();
    const receiving = { config: { ...app.deps.config, apple: config.apple }, apple };
    expect(await signIn(person, receiving)).toMatchObject({ created: false, user });
    expect(await importPeople(deps, options)).toMatchObject({ done: 0, known: 1 });
  });

  it('tries with one person, and keeps nothing', async () => {
    for (const person of people) await signIn(person);
    const { deps, options } = operator(before);
    standIn.beginTransfer(next);
    const before_ = await app.contents();
    expect(await exportPeople(deps, { ...options, dryRun: true, to: next })).toMatchObject({
      ...{ done: 1, dryRun: true },
    });
    expect([asked(), await app.contents()]).toEqual([1, before_]);
  });

  it('lists the accounts of people that Apple knows no more, and goes on', async () => {
    for (const person of people) await signIn(person);
    const [gone] = people as [Person];
    const { user } = await signIn(gone);
    const { deps, options } = operator(before);
    standIn.beginTransfer(next);
    const migration = {
      ...options.migration,
      transferSubOf: (sub: string, team: string) =>
        options.migration.transferSubOf(sub === standIn.subOf(gone) ? 'nobody' : sub, team),
    };
    const run = await exportPeople(deps, { ...options, migration, to: next });
    expect(run).toMatchObject({ done: 2, unknown: [user.id] });
  });

  it('lists the accounts of people who have made another one since', async () => {
    const [person] = people as [Person];
    const { user } = await signIn(person);
    const { deps, options } = await moved();
    const arrival = { teams: [next], sub: standIn.subOf(person, next), transferSub: null };
    const newcomer = newUser();
    await app.deps.store.completeAppleSignIn({
      ...{ nonce: newNonce(), admit: () => {}, replaces: null },
      arrival: {
        ...arrival,
        address: null,
        name: null,
        token: null,
        at: 0,
        toldAt: 0,
        checkDueAt: 0,
      },
      newcomer: { user: newcomer, usernameKey: newcomer.username },
      open: (coming) => ({ session: newSession(coming.user.id), audit: [] }),
    });
    expect(await importPeople(deps, options)).toMatchObject({ done: 0, elsewhere: [user.id] });
  });

  it('says until when there is time', async () => {
    await signIn(people[0] as Person);
    const { deps } = operator(before);
    expect((await showTransfer(deps)).timeUntil).toBeNull();
    const at = app.deps.now();
    await moved();
    const { timeUntil } = await showTransfer(deps);
    expect(Date.parse(timeUntil ?? '') - at).toBeGreaterThanOrEqual(60 * day);
    expect(Date.parse(timeUntil ?? '') - at).toBeLessThan(60 * day + 60_000);
  });

  it('is refused where it is not configured', async () => {
    const { deps, options } = operator(before);
    const refused = (code: string) => expect.objectContaining({ refusal: { code } });
    expect(() => importPeople(deps, options)).toThrow(refused('former_team_missing'));
    const off = { ...deps, config: { ...deps.config, apple: null } };
    await expect(showTransfer(off)).rejects.toEqual(refused('apple_off'));
    await expect(exportPeople(off, { ...options, to: next })).rejects.toEqual(refused('apple_off'));
  });
});
