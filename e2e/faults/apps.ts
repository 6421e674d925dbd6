/** People on the way to apps, one step after the other, and a record of what was acknowledged. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as oauth from 'oauth4webapi';
import { SoftwareAuthenticator } from '../../server/testing/authenticator.ts';
import { TestBrowser, TestNativeApp } from '../../server/testing/browser.ts';

const secret = 'a secret of a client that is long enough for tests';
const callback = 'https://web.example.com/callback';
const ours = { client_id: 'ours', first_party: true };
const theirs = { client_id: 'theirs' };

/** Writes the file for `OIDC_CLIENTS`. */
export function writeClients(folder: string, logoutUri: string): string {
  const path = join(folder, 'clients.json');
  const base = { client_secret: secret, redirect_uris: [callback] };
  const clients = [
    { ...ours, ...base, backchannel_logout_uri: logoutUri },
    { ...theirs, ...base },
  ];
  writeFileSync(path, JSON.stringify(clients));
  return path;
}

interface Code {
  readonly code: string;
  readonly verifier: string;
}

/** What is left to be used, and what must not be usable any more. Nothing whose request has no answer. */
export interface Acknowledged {
  readonly codes: Set<Code>;
  readonly refreshTokens: Set<string>;
  /** Who allowed the app of others something. */
  readonly consents: Set<TestBrowser>;
  readonly usedCodes: Code[];
  readonly usedRefreshTokens: string[];
  /** The sign-ins that have ended, as the app knows them. */
  readonly ended: string[];
}

export const nothingYet = (): Acknowledged => ({
  ...{ codes: new Set(), refreshTokens: new Set(), consents: new Set() },
  ...{ usedCodes: [], usedRefreshTokens: [], ended: [] },
});

/** Where an authorization request leads. */
async function authorize(
  browser: TestBrowser,
  clientId: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ location: URL; verifier: string }> {
  const verifier = oauth.generateRandomCodeVerifier();
  const query = new URLSearchParams({
    ...{ client_id: clientId, response_type: 'code', scope: 'openid', redirect_uri: callback },
    ...{ code_challenge_method: 'S256', ...more },
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  });
  const { headers } = await browser.get(`/oidc/authorize?${query}`);
  return { location: new URL(headers.get('location') ?? '', 'http://nowhere.invalid'), verifier };
}

const codeIn = ({ location, verifier }: { location: URL; verifier: string }): Code => {
  const code = location.searchParams.get('code');
  if (code === null) throw new Error(`no code: ${location.href}`);
  return { code, verifier };
};

/** Asks silently, as somebody who has allowed it. */
export async function isRemembered(browser: TestBrowser): Promise<boolean> {
  const { location } = await authorize(browser, 'theirs', { prompt: 'none' });
  return location.searchParams.has('code');
}

export async function redeem(origin: string, { code, verifier }: Code) {
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier };
  return token(origin, { ...form, redirect_uri: callback });
}

export function refresh(origin: string, refreshToken: string) {
  return token(origin, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

async function token(origin: string, form: Readonly<Record<string, string>>) {
  const app = new TestNativeApp(origin);
  return app.postForm('/oidc/token', { ...form, client_id: 'ours', client_secret: secret });
}

/** One person: signs up, comes to the apps, and half of them sign out at last. */
async function live(origin: string, done: Acknowledged): Promise<void> {
  const browser = new TestBrowser(origin);
  const name = `person-${randomBytes(8).toString('hex')}`;
  await browser.signUp(name, new SoftwareAuthenticator({ origin }));
  await allow(browser, done);
  const spare = codeIn(await authorize(browser, 'ours'));
  done.codes.add(spare);
  const code = codeIn(await authorize(browser, 'ours'));
  const first = await granted(redeem(origin, code));
  done.usedCodes.push(code);
  const next = await granted(refresh(origin, first.refresh_token));
  done.usedRefreshTokens.push(first.refresh_token);
  done.refreshTokens.add(next.refresh_token);
  if (Math.random() < 0.5) return;
  done.consents.delete(browser);
  done.codes.delete(spare);
  done.refreshTokens.delete(next.refresh_token);
  await browser.request('DELETE', '/api/session');
  const [, claims = ''] = first.id_token.split('.');
  done.ended.push(JSON.parse(Buffer.from(claims, 'base64url').toString()).sid);
}

async function granted(answer: ReturnType<typeof token>) {
  const { status, body } = await answer;
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body as { readonly refresh_token: string; readonly id_token: string };
}

async function allow(browser: TestBrowser, done: Acknowledged): Promise<void> {
  const { location } = await authorize(browser, 'theirs');
  const uid = location.searchParams.get('interaction');
  const { status } = await browser.post(`/api/interactions/${uid}/finish`);
  if (status === 200) done.consents.add(browser);
}

/** People without end; whoever gets no answer is followed by another one. */
export function startPeople(origin: string, done: Acknowledged, people = 6) {
  let stopped = false;
  const troubles: string[] = [];
  const busy = Array.from({ length: people }, async () => {
    while (!stopped) {
      await live(origin, done).catch((error: Error) => {
        if (error.cause === undefined) troubles.push(error.message);
        stopped ||= error.cause !== undefined;
      });
    }
  });
  return {
    /** What was refused, and should not have been. */
    troubles,
    async stop() {
      stopped = true;
      await Promise.all(busy);
    },
  };
}
