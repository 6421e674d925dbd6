import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { deriveKeys } from '../keys.ts';
import { openVisit, sealVisit } from './seals.ts';

const site = 'https://wiki.example.com';
const visit = { userId: 'u', lineage: 's' };
const config = loadConfig({ DATABASE_URL: 'file:never-opened.db' });
const ttlMs = config.sessionTtlSeconds * 1000;

function sealed() {
  const clock = { at: 1_800_000_000_000 };
  const kept = { decoy: randomBytes(32), recovery: randomBytes(32) };
  const keys = deriveKeys(['a secret of a test that is long enough'], kept);
  const deps = { config, keys, now: () => clock.at, random: randomBytes };
  return { clock, deps, cookie: sealVisit(deps, site, visit) };
}

it('a visit is opened as often as it is brought, at its site alone', () => {
  const { deps, cookie } = sealed();
  for (let times = 0; times < 3; times++) {
    expect(openVisit(deps, site, cookie)).toMatchObject(visit);
    expect(openVisit(deps, 'https://other.example.com', cookie)).toBeNull();
  }
});

it('one that was opened before expires all the same', () => {
  const { clock, deps, cookie } = sealed();
  expect(openVisit(deps, site, cookie)).toMatchObject(visit);
  clock.at += ttlMs;
  expect(openVisit(deps, site, cookie)).toMatchObject(visit);
  clock.at += 1;
  expect(openVisit(deps, site, cookie)).toBeNull();
});

it('one from the future is none, although it was opened there', () => {
  const { clock, deps, cookie } = sealed();
  expect(openVisit(deps, site, cookie)).toMatchObject(visit);
  clock.at -= ttlMs;
  expect(openVisit(deps, site, cookie)).toBeNull();
});

it('keys open no seal of others, whatever those have opened', () => {
  const { deps, cookie } = sealed();
  expect(openVisit(deps, site, cookie)).toMatchObject(visit);
  const kept = { decoy: randomBytes(32), recovery: randomBytes(32) };
  const keys = deriveKeys(['another secret of a test, long enough'], kept);
  expect(openVisit({ ...deps, keys }, site, cookie)).toBeNull();
});
