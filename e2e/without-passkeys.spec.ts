import { expect, test } from './fixtures.ts';

test('a browser without passkeys is told so, and what to do', async ({ page }) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'PublicKeyCredential');
  });
  await page.goto('/sign-in');
  await expect(page.getByText('Passkeys don’t work in this browser.')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-autofill', 'unsupported');
  await expect(page.getByRole('button')).toHaveCount(0);
  await expect(page.getByRole('textbox')).toHaveCount(0);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the page says what is needed', async ({ page }) => {
    await page.goto('/sign-in');
    await expect(page.locator('main')).toContainText('JavaScript is turned off.', {
      useInnerText: true,
    });
  });
});
