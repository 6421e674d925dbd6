/** `PublicKeyCredential` as a page sees it, made from the JSON a software authenticator answers. */
import { decodeBytes, fromBase64Url } from './bytes.ts';

/** `RegistrationResponseJSON` or `AuthenticationResponseJSON`, with the members that are used here. */
export interface ResponseJson {
  id: string;
  authenticatorAttachment?: string | null;
  clientExtensionResults: Record<string, unknown>;
  response: Record<string, unknown>;
}

/** Only code with this symbol can make a credential, because pages can't. */
export const constructorKey = Symbol('constructor key');

class AuthenticatorResponse {
  readonly clientDataJSON: ArrayBuffer;
  protected readonly json: Record<string, unknown>;

  constructor(key: symbol, json: Record<string, unknown>) {
    if (key !== constructorKey) throw new TypeError('Illegal constructor');
    this.clientDataJSON = fromBase64Url(json['clientDataJSON']);
    this.json = json;
    // A page that copies the object must find only the members of a real one.
    Object.defineProperty(this, 'json', { enumerable: false });
  }
}

class AuthenticatorAttestationResponse extends AuthenticatorResponse {
  readonly attestationObject = fromBase64Url(this.json['attestationObject']);

  getTransports = () => [...((this.json['transports'] as string[] | undefined) ?? [])];
  getAuthenticatorData = () => fromBase64Url(this.json['authenticatorData']);
  getPublicKeyAlgorithm = () => this.json['publicKeyAlgorithm'];

  /** Only ES256 is understood, as in WebKit; for any other algorithm there is no key. */
  getPublicKey(): ArrayBuffer | null {
    return this.getPublicKeyAlgorithm() === -7 ? fromBase64Url(this.json['publicKey']) : null;
  }
}

class AuthenticatorAssertionResponse extends AuthenticatorResponse {
  readonly authenticatorData = fromBase64Url(this.json['authenticatorData']);
  readonly signature = fromBase64Url(this.json['signature']);
  readonly userHandle = this.json['userHandle'] ? fromBase64Url(this.json['userHandle']) : null;
}

export class PublicKeyCredential {
  readonly type = 'public-key';
  readonly id: string;
  readonly rawId: ArrayBuffer;
  readonly authenticatorAttachment: string | null;
  readonly response: AuthenticatorAttestationResponse | AuthenticatorAssertionResponse;
  readonly #json: ResponseJson;

  constructor(key: symbol, json: ResponseJson) {
    if (key !== constructorKey) throw new TypeError('Illegal constructor');
    this.id = json.id;
    this.rawId = fromBase64Url(json.id);
    this.authenticatorAttachment = json.authenticatorAttachment ?? null;
    this.response =
      'attestationObject' in json.response
        ? new AuthenticatorAttestationResponse(constructorKey, json.response)
        : new AuthenticatorAssertionResponse(constructorKey, json.response);
    this.#json = json;
  }

  getClientExtensionResults(): unknown {
    return decodeBytes(this.#json.clientExtensionResults);
  }

  /** Includes PRF results, as in browsers: the page has to remove them. */
  toJSON(): unknown {
    return structuredClone(this.#json);
  }
}

export const classes = {
  PublicKeyCredential,
  AuthenticatorAttestationResponse,
  AuthenticatorAssertionResponse,
};
