/** Steps of a person on the pages, and what they see there. */
import { By, until, type WebDriver } from 'selenium-webdriver';

export const patienceMs = 15_000;
const html = By.css('html');

const path = async (driver: WebDriver) => new URL(await driver.getCurrentUrl()).pathname;
export const arriveAt = (driver: WebDriver, where: string) =>
  driver.wait(async () => (await path(driver)) === where, patienceMs, `never came to ${where}`);
export const autofillIs = (driver: WebDriver, state: string) =>
  driver.wait(
    async () => (await driver.findElement(html).getAttribute('data-autofill')) === state,
    patienceMs,
    `autofill never was ${state}`,
  );
/** In the innermost element that has all of them: a line may break between them. */
export const see = (driver: WebDriver, words: string) =>
  driver.wait(
    until.elementLocated(
      By.xpath(`//*[not(self::script)][contains(., "${words}")][not(*[contains(., "${words}")])]`),
    ),
    patienceMs,
    `"${words}" never came`,
  );
export const shows = (driver: WebDriver, id: string, words: string) =>
  driver.wait(
    until.elementTextIs(driver.findElement(By.id(id)), words),
    patienceMs,
    `#${id} never showed "${words}"`,
  );
export const type = async (driver: WebDriver, id: string, text: string) => {
  const field = await driver.findElement(By.id(id));
  await field.clear();
  await field.sendKeys(text);
};
export const press = async (driver: WebDriver, id: string) => {
  const button = await driver.wait(
    until.elementLocated(By.id(id)),
    patienceMs,
    `#${id} never came`,
  );
  await driver.wait(until.elementIsVisible(button), patienceMs, `#${id} was never shown`);
  await button.click();
};
