/** What happens to the link with Apple outside our pages: in the person's settings, and when the app changes hands. */
import { loadConfig } from '../server/config.ts';
import type { AppleApp } from '../server/testing/apple/web.ts';
import { button, signInWithApple, test } from './apple.ts';
import { expect } from './fixtures.ts';
import { passkeys, signInButton } from './person.ts';

test('who stops using Apple in the settings is signed out, and the account waits for them', async ({
  page,
  apple,
  ann,
  authenticator,
}) => {
  await signInWithApple(page);
  await page.locator('#suggestion-accept').click();
  await expect(passkeys(page)).toHaveCount(1);
  const username = (await page.locator('#shown-username').textContent()) ?? '';
  // Otherwise autofill would sign in at once.
  await authenticator.setPresence(false);

  apple.advance(1000);
  apple.standIn.stopUsing(ann);
  const payload = await apple.standIn.notification(ann, 'consent-revoked');
  const told = await apple.browser().post('/api/apple/notifications', { payload });
  expect(told.status).toBe(200);
  await page.reload();
  await expect(page).toHaveURL(/\/sign-in$/);

  await authenticator.setPresence(true);
  await signInButton(page).click();
  await expect(page.locator('#shown-username')).toHaveText(username);
  await expect(page.getByText('You stopped using your Apple Account here.')).toBeVisible();
  await authenticator.setPresence(false);
  await button(page, 'Sign out').click();
  await expect(page).toHaveURL(/\/sign-in$/);

  // Going on at Apple gives the consent again.
  apple.advance(1000);
  await signInWithApple(page);
  await expect(page.locator('#shown-username')).toHaveText(username);
  await expect(page.locator('#apple-state')).toContainText(ann.email);
});

type Variables = Readonly<Record<string, string>>;

const configured = ({ deps, origin }: AppleApp, env: Variables) => ({
  ...deps.config,
  apple: loadConfig({ ORIGIN: origin, ...env }).apple,
});

/** `admin apple-transfer`, with these variables. */
async function transfer(app: AppleApp, env: Variables, step: 'export' | 'import', to = '') {
  const { transferApple } = await import('../server/commands/admin/apple-transfer.ts');
  const config = configured(app, env);
  const asked = { step, to, rate: 999, dryRun: false, json: false } as const;
  const deps = { ...app.deps, config, operator: 'root' };
  return (await transferApple(deps, config, { command: 'apple-transfer', ...asked })).text;
}

async function restart({ deps }: AppleApp, config: AppleApp['deps']['config']): Promise<void> {
  const { openApple } = await import('../server/apple/apple.ts');
  const { now, log } = deps;
  Object.assign(deps, { config, apple: openApple(config, { fetch, now, log }) });
}

test('who hid their address comes back to the same account after the app moved to another team', async ({
  page,
  apple,
  ann: _,
}) => {
  const [before, next] = ['A1B2C3D4E5', 'Z1B2C3D4E5'];
  const { standIn, origin } = apple;
  await signInWithApple(page, true);
  await expect(page.locator('#shown-username')).toHaveText(/^user-/);
  const username = (await page.locator('#shown-username').textContent()) ?? '';
  const address = (await page.locator('#apple-state').textContent()) ?? '';
  await button(page, 'Sign out').click();
  await expect(page).toHaveURL(/\/sign-in$/);

  standIn.addTeam(next);
  standIn.beginTransfer(next);
  const exported = await transfer(apple, standIn.env(origin), 'export', next);
  expect(exported).toContain('1 persons were exported');
  standIn.acceptTransfer();
  const received = standIn.env(origin, next);
  const both = { ...received, APPLE_FORMER_TEAM_ID: before };
  expect(await transfer(apple, both, 'import')).toContain('1 persons were received');
  // By the new name alone, as when the transfer is over.
  await restart(apple, configured(apple, received));

  await signInWithApple(page);
  await expect(page.locator('#shown-username')).toHaveText(username);
  await expect(page.locator('#apple-state')).toContainText('@privaterelay.appleid.com');
  await expect(page.locator('#apple-state')).not.toHaveText(address);
});
