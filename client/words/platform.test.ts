import { expect, test } from 'vitest';
import { platformOf } from './platform.ts';

const mac = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5';

test.each([
  ['iOS', 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15', 5],
  ['iOS', mac, 5],
  ['Mac', mac, 0],
  ['Windows', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/130.0', 10],
  ['Android', 'Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/130.0', 5],
  ['other', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0', 0],
])('%s, from %s with %i touch points', (platform, userAgent, touchPoints) => {
  expect(platformOf(userAgent, touchPoints)).toBe(platform);
});
