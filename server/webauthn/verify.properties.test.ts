import fc from 'fast-check';
import { describe, it } from 'vitest';
import { RpError } from '../errors.ts';
import { SoftwareAuthenticator } from '../testing/authenticator.ts';
import { base64url, fromBase64url, utf8 } from '../testing/authenticator-data.ts';
import {
  authenticate,
  creationOptions,
  expectedRegistration as expected,
  register,
  requestOptions,
  site,
} from '../testing/ceremony.ts';

describe('whatever comes', () => {
  const isRefusal = (reason: unknown) => reason instanceof RpError;

  it('nothing but RpError is thrown', async () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.record({ id: fc.anything(), rawId: fc.anything(), response: fc.anything() }),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (response) => {
        const one = register(response as never, expected);
        const two = authenticate(response as never, {
          ...expected,
          publicKey: utf8('key'),
        });
        const outcomes = await Promise.allSettled([one, two]);
        return outcomes.every(
          (outcome) => outcome.status === 'rejected' && isRefusal(outcome.reason),
        );
      }),
    );
  });

  // With Ed25519: around an ES256 signature the library reads DER loosely, so that the same two
  // numbers pass in more than one spelling. That forges nothing.
  it.each(['clientDataJSON', 'authenticatorData', 'signature'] as const)(
    'no bit of %s can be turned',
    async (member) => {
      const device = new SoftwareAuthenticator({ origin: site.origin, algorithms: [-8] });
      const registered = await register(await device.create(creationOptions), expected);
      const json = await device.get(requestOptions);
      const bytes = fromBase64url(json.response[member]);
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
          const turned = bytes.with(bit >> 3, (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7)));
          const response = { ...json, response: { ...json.response, [member]: base64url(turned) } };
          return authenticate(response, {
            ...expected,
            publicKey: registered.publicKey,
          }).then(() => false, isRefusal);
        }),
      );
    },
  );
});
