import { expect, test } from 'vitest';
import { advice, webViewAdvice } from './advice.ts';

const iOS = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15';
const android = 'Mozilla/5.0 (Linux; Android 15; Pixel 9';

test.each([
  ['a plain web view', `${iOS} (KHTML, like Gecko) Mobile/15E148`],
  ['Instagram', `${iOS} (KHTML, like Gecko) Mobile/15E148 Instagram 300.0`],
  ['Facebook', `${iOS} (KHTML, like Gecko) Mobile/15E148 Safari/604.1 [FBAN/FBIOS;FBAV/400]`],
  ['WeChat', `${iOS} (KHTML, like Gecko) Mobile/15E148 MicroMessenger/8.0.50 Safari/604.1`],
  ['LINE', `${iOS} (KHTML, like Gecko) Mobile/15E148 Safari/604.1 Line/14.0`],
  ['Snapchat', `${iOS} (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1 Snapchat/13.0`],
  ['Threads', `${iOS} (KHTML, like Gecko) Mobile/15E148 Safari/604.1 Barcelona 380.0`],
  ['KakaoTalk', `${iOS} (KHTML, like Gecko) Mobile/15E148 Safari/604.1 KAKAOTALK 10.8.5`],
  [
    'Naver',
    `${iOS} (KHTML, like Gecko) Mobile/15E148 Safari/604.1 NAVER(inapp; search; 2000; 12.9)`,
  ],
  ['the Google app', `${iOS} (KHTML, like Gecko) GSA/330.0 Mobile/15E148 Safari/604.1`],
  ['Discord', `${iOS} (KHTML, like Gecko) Mobile/15E148 Safari/604.1 Discord/210.0`],
  ['X', `${iOS} (KHTML, like Gecko) Mobile/15E148 Safari/604.1 Twitter for iPhone/11.0`],
])('%s on iOS leads to Safari', (_, agent) => {
  expect(webViewAdvice(agent)).toBe('open-in-safari');
});

test.each([
  ['a web view', '; wv) AppleWebKit/537.36 Version/4.0 Chrome/130.0 Mobile Safari/537.36'],
  ['TikTok', ') AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 musical_ly_2023 Bytedance'],
  ['Facebook', ') AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/480.0;]'],
  ['LINE', ') AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 Line/14.1/IAB'],
  ['Telegram', ') AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 Telegram-Android/11.5'],
  ['the Google app', ') AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 GSA/15.40'],
  ['LinkedIn', ') AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36 [LinkedInApp]'],
])('%s on Android leads to a browser', (_, rest) => {
  const agent = android + rest;
  expect(webViewAdvice(agent)).toBe('open-in-browser');
});

test.each([
  ['Safari on iOS', `${iOS} (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1`],
  ['Chrome on iOS', `${iOS} (KHTML, like Gecko) CriOS/130.0 Mobile/15E148 Safari/604.1`],
  ['Firefox on iOS', `${iOS} (KHTML, like Gecko) FxiOS/133.0 Mobile/15E148 Safari/604.1`],
  [
    'Edge on iOS',
    `${iOS} (KHTML, like Gecko) Version/18.0 EdgiOS/130.0 Mobile/15E148 Safari/604.1`,
  ],
  [
    'Samsung Internet',
    `${android}) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0 Mobile Safari/537.36`,
  ],
  ['Firefox on Android', 'Mozilla/5.0 (Android 15; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0'],
  ['Chrome on Android', `${android}) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36`],
  ['Safari on a Mac', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.5 Safari/605.1'],
])('%s is not a web view', (_, agent) => {
  expect(webViewAdvice(agent)).toBeUndefined();
});

test('an address without https is named first', () => {
  expect(advice(iOS, false)).toBe('https');
});

test.each([
  ['update-other', 'Mozilla/5.0 (X11; Linux)'],
  ['update-other', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)'],
  ['update-apple', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/15.0 Safari/605.1'],
])('%s: only where there is a Safari is it named (%s)', (words, agent) => {
  expect(advice(agent, true)).toBe(words);
});
