/** The application with the stand-in in Apple's place, and browsers that walk the web flow. */
import { startTestApp, type TestApp, type TestAppOptions } from '../app.ts';
import type { Answer, TestBrowser } from '../browser.ts';
import type { Decision, FormPost } from './authorize.ts';
import { type AppleStandIn, startApple } from './stand-in.ts';
import type { Person } from './world.ts';

export interface AppleApp extends TestApp {
  readonly standIn: AppleStandIn;
}

type Start<App extends TestApp> = (options: TestAppOptions) => Promise<App>;

/** Which port the application gets is not known before it listens, so its callback is registered after that. */
export async function startAppleApp<App extends TestApp = TestApp>(
  { env = {}, ...options }: TestAppOptions = {},
  start: Start<App> = startTestApp as Start<App>,
): Promise<App & AppleApp> {
  const standIn = await startApple();
  const app = await start({
    ...options,
    env: { ...standIn.env('https://unknown.example'), ...env },
  });
  standIn.register(app.origin);
  standIn.now = app.deps.now;
  return {
    ...app,
    standIn,
    close: async () => {
      await app.close();
      await standIn.close();
    },
  };
}

export const locationOf = ({ headers }: Answer): string => headers.get('location') ?? '';

/** Presses the button and decides at Apple: what the browser is to post. */
export async function decideAtApple(
  { standIn }: AppleApp,
  browser: TestBrowser,
  person: Person | null,
  { path = '/sign-in/apple', ...decision }: Omit<Decision, 'personId'> & { path?: string } = {},
): Promise<FormPost> {
  const url = locationOf(await browser.get(path));
  return standIn.decide(url, { person, ...decision });
}

/** Posts as a browser does for Apple's page: from another site, and so without the cookies of ours. */
export async function postFromApple(
  { standIn }: AppleApp,
  browser: TestBrowser,
  fields: FormPost['fields'],
): Promise<Answer> {
  return browser.request('POST', '/api/apple/callback', new URLSearchParams(fields).toString(), {
    'content-type': 'application/x-www-form-urlencoded',
    ...{ origin: standIn.origin, 'sec-fetch-site': 'cross-site', cookie: '', accept: 'text/html' },
  });
}

/** The whole way: resolves to the last redirect. */
export async function signInWithApple(
  app: AppleApp,
  browser: TestBrowser,
  person: Person | null,
  options: Parameters<typeof decideAtApple>[3] = {},
): Promise<Answer> {
  const { fields } = await decideAtApple(app, browser, person, options);
  await postFromApple(app, browser, fields);
  return browser.get('/api/apple/return');
}
