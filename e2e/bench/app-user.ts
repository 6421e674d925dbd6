/**
 * Somebody who is signed in, and an app that they come to. The calls are the same for Latchkey and for
 * oidc-provider alone.
 */
import { createHash } from 'node:crypto';
import { callback, secret } from './app-files.ts';
import { Connection } from './connection.ts';
import { browser, expect, type Site, signUp, visit } from './visitor.ts';

const verifier = 'v'.repeat(43);
const challenge = createHash('sha256').update(verifier).digest('base64url');

type App = 'asked' | 'silent';

export interface AppUser {
  readonly page: Connection;
  readonly app: Connection;
  /** By name. */
  readonly cookies: Map<string, string>;
  refreshToken: string;
  readonly close: () => void;
}

export async function newAppUser(site: Site, name: string): Promise<AppUser> {
  const page = await visit(site);
  const app = await Connection.open(site.port, {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'user-agent': browser,
  });
  const close = () => {
    page.close();
    app.close();
  };
  const lines: string[] = [];
  await signUp(page, site, name, lines);
  const user: AppUser = { page, app, cookies: new Map(), refreshToken: '', close };
  keep(user, lines);
  await signInToApp(user, 'silent');
  return user;
}

function keep({ cookies }: AppUser, lines: readonly string[]): void {
  for (const line of lines) {
    const [name = '', value = ''] = line.split('=', 2);
    if (value === '') cookies.delete(name);
    else cookies.set(name, line);
  }
}

async function open(user: AppUser, path: string): Promise<string> {
  const answer = await user.page.get(path, [...user.cookies.values()]);
  expect(answer, 303);
  keep(user, answer.cookies);
  return answer.location ?? '';
}

/** The whole code flow: the request, what the person is asked, the way back, and the tokens. */
export async function signInToApp(user: AppUser, id: App): Promise<void> {
  const { page, app } = user;
  const query = new URLSearchParams({
    ...{ client_id: id, response_type: 'code', redirect_uri: callback, scope: 'openid' },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
    ...(id === 'asked' && { prompt: 'consent' }),
  });
  let location = await open(user, `/oidc/authorize?${query}`);
  const uid = /interaction=([\w-]+)/.exec(location)?.[1];
  if (uid !== undefined) {
    const path = `/api/interactions/${uid}/finish`;
    const finished = await page.post(path, {}, [...user.cookies.values()]);
    expect(finished, 200);
    const { pathname, search } = new URL(finished.body.redirectTo);
    location = await open(user, pathname + search);
  }
  const code = new URL(location).searchParams.get('code');
  if (code === null) throw new Error(`no code: ${location}`);
  const form = { grant_type: 'authorization_code', code, redirect_uri: callback };
  const tokens = await app.postForm('/oidc/token', {
    ...form,
    ...{ code_verifier: verifier, client_id: id, client_secret: secret },
  });
  expect(tokens, 200);
  if (id === 'silent') user.refreshToken = tokens.body.refresh_token;
}

/** Each use of a refresh token brings the next one. */
export async function refresh(user: AppUser): Promise<void> {
  const tokens = await user.app.postForm('/oidc/token', {
    ...{ grant_type: 'refresh_token', refresh_token: user.refreshToken },
    ...{ client_id: 'silent', client_secret: secret },
  });
  expect(tokens, 200);
  if (tokens.body.refresh_token === user.refreshToken) throw new Error('it was not rotated');
  user.refreshToken = tokens.body.refresh_token;
}
