/** For every purpose and requirement: the options ask it, and verify enforces just what they asked. */
import { describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../testing/app.ts';
import type { SoftwareAuthenticator } from '../testing/authenticator.ts';
import type { Answer, TestBrowser } from '../testing/browser.ts';

interface Visit {
  readonly app: TestApp;
  readonly browser: TestBrowser;
  readonly authenticator: SoftwareAuthenticator;
  readonly userVerified: boolean;
}

const unverifiable = (app: TestApp, userVerified: boolean) => app.device({ userVerified });

/** Each runs its ceremony and tells what the options asked for and what came of it. */
const ceremonies: Record<string, (visit: Visit) => Promise<[string | undefined, Answer]>> = {
  'sign-up': async ({ app, userVerified }) => {
    const browser = app.browser();
    const options = await browser.creationOptions({ username: 'bob' });
    const response = await unverifiable(app, userVerified).create(options);
    return [
      options.authenticatorSelection?.userVerification,
      await browser.verifyRegistration(response),
    ];
  },
  'sign-in': async ({ app, authenticator, userVerified }) => {
    const browser = app.browser();
    const options = await browser.requestOptions();
    authenticator.settings.userVerified = userVerified;
    const response = await authenticator.get(options);
    return [options.userVerification, await browser.verifyAuthentication(response)];
  },
  'step-up': async ({ browser, authenticator, userVerified }) => {
    const options = await browser.requestOptions({ purpose: 'step-up' });
    authenticator.settings.userVerified = userVerified;
    const response = await authenticator.get(options);
    return [options.userVerification, await browser.verifyAuthentication(response)];
  },
  addition: async ({ app, browser, userVerified }) => {
    const options = await browser.creationOptions({});
    const response = await unverifiable(app, userVerified).create(options);
    return [
      options.authenticatorSelection?.userVerification,
      await browser.verifyRegistration(response),
    ];
  },
};

const variables = {
  'sign-up': ['USER_VERIFICATION'],
  'sign-in': ['USER_VERIFICATION'],
  // A step-up is never weaker than what it opens.
  'step-up': ['USER_VERIFICATION_STEP_UP', 'USER_VERIFICATION_MANAGE'],
  addition: ['USER_VERIFICATION_MANAGE'],
};

const rows = Object.entries(variables).flatMap(([purpose, names]) =>
  ['required', 'preferred', 'discouraged'].flatMap((requirement) =>
    [true, false].map((userVerified) => ({ purpose, names, requirement, userVerified })),
  ),
);

describe('user verification', () => {
  it.each(rows)(
    '$purpose under $requirement, UV = $userVerified',
    async ({ purpose, names, requirement, userVerified }) => {
      const env = Object.fromEntries(names.map((name) => [name, requirement]));
      const app = await startTestApp({ env });
      try {
        const authenticator = unverifiable(app, true);
        const browser = app.browser();
        expect((await browser.signUp('ann', authenticator)).status).toBe(201);
        const run = ceremonies[purpose];
        const outcome = await run?.({ app, browser, authenticator, userVerified });
        const [asked, answer] = outcome ?? [];
        expect(asked).toBe(requirement);
        if (requirement === 'required' && !userVerified) {
          expect(answer?.body.code).toBe('user_verification_required');
        } else {
          expect(answer?.status).toBeLessThan(300);
          expect(answer?.body.userVerified ?? userVerified).toBe(userVerified);
        }
      } finally {
        await app.close();
      }
    },
  );
});
