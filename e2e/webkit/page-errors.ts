/**
 * Reports the errors of a page to the test's server, because WebDriver can't read the console. It runs in the page,
 * before the page's own scripts, and reports at once, so that nothing is lost when the page is left or the test ends.
 */
const report = (line: string) => {
  const request = new XMLHttpRequest();
  // Synchronous, so that the report has arrived before the test goes on.
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
    // A script, style or image that did not load; such an event does not bubble.
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
