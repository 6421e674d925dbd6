import { expect, it } from 'vitest';
import { defaultPasskeyName, findProvider } from './catalogue.ts';

const applePasswords = 'fbfc3007-154e-4ecc-8c0b-6e020557d7bd';
const zero = '00000000-0000-0000-0000-000000000000';

it('knows the provider of an AAGUID, with a picture for light and for dark', () => {
  expect(findProvider(applePasswords)).toMatchObject({
    name: expect.stringContaining('Apple Passwords'),
    iconLight: expect.stringMatching(/^data:image\//),
    iconDark: expect.stringMatching(/^data:image\//),
  });
});

it.each([zero, '', '__proto__', 'constructor'])('knows nobody behind %j', (aaguid) => {
  expect(findProvider(aaguid)).toBeNull();
});

it.each([
  [applePasswords, ['internal', 'hybrid'], /Apple Passwords/],
  [zero, ['internal'], /^Passkey$/],
  [zero, ['usb', 'nfc'], /^Security key$/],
  [zero, [], /^Passkey$/],
])('calls a passkey of %s over %j by a name a person knows', (aaguid, transports, name) => {
  expect(defaultPasskeyName(aaguid, transports)).toMatch(name);
});
