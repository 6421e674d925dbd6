import { expect, it } from 'vitest';
import { sanitiseTransports } from './transports.ts';

const many = Array.from({ length: 40 }, (_, index) => `later-${index}`);

it.each<[string, unknown, string[]]>([
  ['known ones stay, in their order', ['usb', 'nfc', 'ble'], ['usb', 'nfc', 'ble']],
  ['each is kept once', ['internal', 'internal'], ['internal']],
  ['a later one is kept', ['hyper-link'], ['hyper-link']],
  ['what is no token is dropped', ['USB', '', 'a b', 'x'.repeat(33), null, 7, {}], []],
  ['no crowd pushes a known one out', [...many, 'usb'], ['usb', ...many.slice(0, 15)]],
  ['what is no list is none', 'usb', []],
  ['nothing is none', undefined, []],
])('%s', (_claim, transports, kept) => {
  expect(sanitiseTransports(transports)).toEqual(kept);
});
