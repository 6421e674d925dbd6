/** A virtual authenticator of Firefox (WebAuthn L3 §11), which agrees to every request at once. */
import type { Marionette } from './marionette.ts';

/** Bytes are base64url. */
export interface StoredCredential {
  readonly credentialId: string;
  readonly userHandle: string;
  readonly rpId: string;
}

export class Authenticator {
  readonly #marionette: Marionette;
  readonly #id: string;

  private constructor(marionette: Marionette, id: string) {
    this.#marionette = marionette;
    this.#id = id;
  }

  static async plugIn(marionette: Marionette): Promise<Authenticator> {
    const added = await marionette.send('WebAuthn:AddVirtualAuthenticator', {
      protocol: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserConsenting: true,
      isUserVerified: true,
    });
    return new Authenticator(marionette, (added as { value: string }).value);
  }

  async credentials(): Promise<StoredCredential[]> {
    const { value } = (await this.#send('GetCredentials')) as { value: StoredCredential[] };
    return value;
  }

  /** false: every request that wants verification is refused. */
  async setUserVerified(isUserVerified: boolean): Promise<void> {
    await this.#send('SetUserVerified', { isUserVerified });
  }

  /** The device is unplugged, and what was stored on it is gone. */
  async unplug(): Promise<void> {
    await this.#send('RemoveVirtualAuthenticator');
  }

  #send(command: string, parameters: object = {}): Promise<unknown> {
    const authenticatorId = this.#id;
    return this.#marionette.send(`WebAuthn:${command}`, { authenticatorId, ...parameters });
  }
}
