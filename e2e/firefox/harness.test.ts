/** Tests of the harness: the journeys would fail if a page reported an error. */
import { expect } from 'vitest';
import { test } from './fixtures.ts';

const errors: [string, string, RegExp][] = [
  ['a line in the console', 'console.error("oh no")', /console error: oh no/],
  ['an uncaught error', 'setTimeout(() => { throw new Error("thrown") })', /error: .*thrown/],
  ['an unhandled rejection', 'Promise.reject(new Error("rejected"))', /error: .*rejected/],
  ['a CSP violation', 'document.body.setAttribute("style", "color: red")', /Security-Policy/],
];

test.for(errors)('hears of %s', async ([, script, expected], { allowErrors, app, browser }) => {
  allowErrors(expected);
  await browser.driver.get(`${app.origin}/sign-in`);
  expect(await browser.complaints()).toEqual([]);
  await browser.driver.executeScript(script);
  await expect.poll(() => browser.complaints()).toEqual([expect.stringMatching(expected)]);
});
