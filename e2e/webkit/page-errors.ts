/**
 * Tells the test's server whatever goes wrong in a page: WebDriver has no console to listen to.
 * Runs in the page, before its own scripts. Reports at once, so that nothing is lost when the page
 * is left or the test ends.
 */
const report = (line: string) => {
  const request = new XMLHttpRequest();
  // synchronous on purpose: the report must be there before the test goes on
  request.open('POST', '/__page-errors', false);
  request.setRequestHeader('Content-Type', 'text/plain');
  request.send(`${line} (${location.pathname})`);
};

const describe = (value: unknown) =>
  value instanceof Error || value instanceof DOMException
    ? `${value.name}: ${value.message}`
    : String(value);

addEventListener(
  'error',
  (event) => {
    const { target } = event;
    if (event instanceof ErrorEvent) report(`uncaught: ${event.message}`);
    // a script, style or image that did not load; such an event does not bubble
    else if (target instanceof Element) {
      report(
        `not loaded: ${target.localName} ${target.getAttribute('src') ?? target.getAttribute('href')}`,
      );
    }
  },
  { capture: true },
);
addEventListener('unhandledrejection', ({ reason }) => {
  report(`unhandled rejection: ${describe(reason)}`);
});
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  report(`CSP violation: ${violatedDirective} ${blockedURI}`);
});

for (const level of ['error', 'warn'] as const) {
  // biome-ignore lint/suspicious/noConsole: what the page says there is what is reported
  const original = console[level].bind(console);
  console[level] = (...values: unknown[]) => {
    report(`console ${level}: ${values.map(describe).join(' ')}`);
    original(...values);
  };
}
