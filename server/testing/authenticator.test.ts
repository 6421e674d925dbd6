import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SoftwareAuthenticator } from './authenticator.ts';
import { concat, fromBase64url, sha256 } from './authenticator-data.ts';
import { creationOptions, requestOptions, site } from './ceremony.ts';
import { algorithms } from './cose.ts';

const authenticator = (options = {}) =>
  new SoftwareAuthenticator({ origin: site.origin, ...options });

const legacy = {
  ...creationOptions,
  authenticatorSelection: { residentKey: 'discouraged' },
} as const;

describe('the software authenticator', () => {
  it.each(algorithms)('signs with a real key of algorithm %d, bent or not', async (algorithm) => {
    const device = authenticator({ algorithms: [algorithm] });
    const { response: created } = await device.create(creationOptions);
    const { response } = await device.get(requestOptions, {
      clientData: () => 'not JSON',
      flags: { up: false },
    });
    const key = createPublicKey({
      key: Buffer.from(created.publicKey ?? '', 'base64url'),
      format: 'der',
      type: 'spki',
    });
    const signed = concat(
      fromBase64url(response.authenticatorData),
      sha256(fromBase64url(response.clientDataJSON)),
    );
    const hash = algorithm === -7 || algorithm === -257 ? 'sha256' : null;
    expect(verify(hash, signed, key, fromBase64url(response.signature))).toBe(true);
  });

  it('takes the first algorithm of the options that it knows', async () => {
    const device = authenticator({ algorithms: [-257, -8] });
    await device.create(creationOptions);
    expect(device.credentials[0]?.key.algorithm).toBe(-8);
    await expect(
      device.create({ ...creationOptions, pubKeyCredParams: [{ type: 'public-key', alg: -7 }] }),
    ).rejects.toThrow(expect.objectContaining({ name: 'NotSupportedError' }));
  });

  it('refuses to register if it already has a credential', async () => {
    const device = authenticator();
    const { id } = await device.create(creationOptions);
    const excludeCredentials = [{ id, type: 'public-key' }];
    await expect(device.create({ ...creationOptions, excludeCredentials })).rejects.toThrow(
      expect.objectContaining({ name: 'InvalidStateError' }),
    );
  });

  it('replaces a discoverable credential of the same account, and no other', async () => {
    const device = authenticator();
    await device.create(legacy);
    await device.create(creationOptions);
    await device.create({ ...creationOptions, user: { ...creationOptions.user, id: 'b3RoZXI' } });
    const { id } = await device.create(creationOptions);
    expect(device.credentials).toHaveLength(3);
    expect(device.credentials.at(-1)?.id).toBe(id);
  });

  it('finds a discoverable credential by itself and tells whose it is', async () => {
    const device = authenticator();
    await device.create(creationOptions);
    expect((await device.get(requestOptions)).response.userHandle).toBe(creationOptions.user.id);
  });

  it('uses any other only when it is named, and says nothing of its owner', async () => {
    const device = authenticator();
    const { id } = await device.create(legacy);
    await expect(device.get(requestOptions)).rejects.toThrow(
      expect.objectContaining({ name: 'NotAllowedError' }),
    );
    const allowCredentials = [{ id, type: 'public-key' }];
    const json = await device.get({ ...requestOptions, allowCredentials });
    expect(json.id).toBe(id);
    expect(json.response).not.toHaveProperty('userHandle');
  });

  it('bends the user handle, or leaves it out', async () => {
    const device = authenticator();
    await device.create(creationOptions);
    const bent = await device.get(requestOptions, { userHandle: 'b3RoZXI' });
    expect(bent.response.userHandle).toBe('b3RoZXI');
    const none = await device.get(requestOptions, { userHandle: null });
    expect(none.response).not.toHaveProperty('userHandle');
  });
});
