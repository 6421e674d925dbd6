/** The application with the stand-in in Apple's place, and what people do there. */
import type { Page } from 'playwright/test';
import type { AppleApp } from '../server/testing/apple/web.ts';
import type { Person } from '../server/testing/apple/world.ts';
import type { AppsApp } from '../server/testing/apps.ts';
import { test as base, expect } from './fixtures.ts';

export const test = base.extend<{ apple: AppsApp & AppleApp; ann: Person }>({
  apple: async ({ appEnv }, use) => {
    const { startAppleApp } = await import('../server/testing/apple/web.ts');
    const { startAppsApp } = await import('../server/testing/apps.ts');
    const app = await startAppleApp({ env: appEnv }, (options) => startAppsApp([], options));
    await use(app);
    await app.close();
  },
  app: async ({ apple }, use) => use(apple),
  ann: async ({ apple }, use) => use(apple.standIn.addPerson('Ann')),
});

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
export const appleButton = (page: Page) => page.getByRole('link', { name: 'Continue with Apple' });

/** At Apple's page. */
export async function decide(page: Page, decision: 'Continue' | 'Cancel', hidesEmail = false) {
  await expect(page.getByRole('heading', { name: 'Stand-in for Apple' })).toBeVisible();
  if (hidesEmail) await page.getByLabel('Hide my e-mail').check();
  await button(page, decision).click();
}

export async function signInWithApple(page: Page, hidesEmail = false): Promise<void> {
  await page.goto('/sign-in');
  await appleButton(page).click();
  await decide(page, 'Continue', hidesEmail);
}
