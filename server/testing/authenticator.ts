/**
 * A software authenticator and the client around it, with real keys and real signatures.
 *
 * Takes options as a server sends them and answers with the JSON of `toJSON()`. A test can change ("bend") every
 * step, see `bend.ts`; the signature is made over the changed data. It does not refuse what a server must refuse,
 * such as an RP ID that does not fit the origin or missing user verification, so that tests can see the server do it.
 */
import { randomBytes } from 'node:crypto';
import { encodeCBOR } from '@levischuck/tiny-cbor';
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '../webauthn/library.ts';
import {
  attestationObject,
  authenticatorData,
  base64url,
  clientDataJson,
  concat,
  sha256,
} from './authenticator-data.ts';
import type { CreateBend, Flags, GetBend } from './bend.ts';
import { type Algorithm, generateKey, isAlgorithm, type KeyPair } from './cose.ts';

export interface SoftwareCredential {
  /** base64url, like all IDs here. */
  readonly id: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly userName: string;
  readonly discoverable: boolean;
  readonly key: KeyPair;
  /** 0 stays 0; any other value increases with every assertion. */
  signCount: number;
}

export interface AuthenticatorOptions {
  origin: string;
  aaguid?: string;
  /** The algorithms that it can use, by default ES256. The order of `pubKeyCredParams` decides which one it uses. */
  algorithms?: readonly Algorithm[];
  backupEligible?: boolean;
  backedUp?: boolean;
  userVerified?: boolean;
  signCount?: number;
  transports?: readonly string[];
  attachment?: 'platform' | 'cross-platform';
  /** Makes credential IDs. */
  random?: (size: number) => Uint8Array;
}

type Settings = Required<AuthenticatorOptions>;

export class SoftwareAuthenticator {
  /** May be changed between ceremonies: another origin, a person no longer verified, … */
  readonly settings: Settings;
  /** Oldest first; may be edited. */
  readonly credentials: SoftwareCredential[] = [];

  constructor(options: AuthenticatorOptions) {
    this.settings = {
      aaguid: '00000000-0000-0000-0000-000000000000',
      algorithms: [-7],
      backupEligible: true,
      backedUp: options.backupEligible ?? true,
      userVerified: true,
      signCount: 0,
      transports: ['internal', 'hybrid'],
      attachment: 'platform',
      random: (size) => new Uint8Array(randomBytes(size)),
      ...options,
    };
  }

  /** `navigator.credentials.create`. Rejects with the DOMException a browser would. */
  async create(
    options: PublicKeyCredentialCreationOptionsJSON,
    bend: CreateBend = {},
  ): Promise<RegistrationResponseJSON> {
    const rpId = options.rp.id ?? new URL(this.settings.origin).hostname;
    const excluded = new Set(options.excludeCredentials?.map(({ id }) => id));
    if (this.credentials.some((own) => own.rpId === rpId && excluded.has(own.id))) {
      throw new DOMException('A credential of this account is here already', 'InvalidStateError');
    }
    const key = generateKey(this.#chooseAlgorithm(options));
    const credentialId = bend.credentialId ?? this.settings.random(32);
    const credential: SoftwareCredential = {
      id: base64url(credentialId),
      rpId,
      userHandle: options.user.id,
      userName: options.user.name,
      discoverable: isDiscoverable(options),
      key,
      signCount: this.settings.signCount,
    };
    const bentKey = bend.publicKey?.(new Map(key.cose)) ?? key.publicKey;
    const authData = authenticatorData({
      rpIdHash: bend.rpIdHash ?? sha256(rpId),
      flags: this.#flags({ at: true, ed: bend.extensions !== undefined, ...bend.flags }),
      signCount: bend.signCount ?? credential.signCount,
      attested: {
        aaguid: bend.aaguid ?? this.settings.aaguid,
        credentialId,
        publicKey: bentKey instanceof Map ? encodeCBOR(bentKey) : bentKey,
      },
      extensions: bend.extensions,
    });
    const clientData = this.#clientData('webauthn.create', options.challenge, bend);
    const bentData = bend.authData?.(authData) ?? authData;
    const attestation = attestationObject(bend.attestation ?? 'none', {
      authData: bentData,
      clientDataHash: sha256(clientData),
      key,
    });
    this.#keep(credential);
    const json: RegistrationResponseJSON = {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      authenticatorAttachment: this.settings.attachment,
      clientExtensionResults:
        options.extensions?.credProps === true
          ? { credProps: { rk: credential.discoverable } }
          : {},
      response: {
        clientDataJSON: base64url(clientData),
        attestationObject: base64url(bend.attestationObject?.(attestation) ?? attestation),
        authenticatorData: base64url(bentData),
        transports: [...this.settings.transports],
        publicKey: base64url(key.spki),
        publicKeyAlgorithm: key.algorithm,
      },
    };
    return bend.response === undefined ? json : (bend.response(json) as RegistrationResponseJSON);
  }

  /** `navigator.credentials.get`. Rejects with the DOMException a browser would. */
  async get(
    options: PublicKeyCredentialRequestOptionsJSON,
    bend: GetBend = {},
  ): Promise<AuthenticationResponseJSON> {
    const rpId = options.rpId ?? new URL(this.settings.origin).hostname;
    const credential = this.#find(rpId, options);
    if (credential.signCount > 0) credential.signCount += 1;
    const authData = authenticatorData({
      rpIdHash: bend.rpIdHash ?? sha256(rpId),
      flags: this.#flags({ ed: bend.extensions !== undefined, ...bend.flags }),
      signCount: bend.signCount ?? credential.signCount,
      extensions: bend.extensions,
    });
    const bentData = bend.authData?.(authData) ?? authData;
    const clientData = this.#clientData('webauthn.get', options.challenge, bend);
    const signature = credential.key.sign(concat(bentData, sha256(clientData)));
    const userHandle = bend.userHandle ?? (credential.discoverable ? credential.userHandle : null);
    const json: AuthenticationResponseJSON = {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      authenticatorAttachment: this.settings.attachment,
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(bentData),
        signature: base64url(bend.signature?.(signature) ?? signature),
        ...(userHandle !== null && bend.userHandle !== null && { userHandle }),
      },
    };
    return bend.response === undefined ? json : (bend.response(json) as AuthenticationResponseJSON);
  }

  #chooseAlgorithm(options: PublicKeyCredentialCreationOptionsJSON): Algorithm {
    const wanted = options.pubKeyCredParams.map(({ alg }) => alg);
    // WebAuthn L3 §5.1.3: an empty list means ES256 and RS256
    for (const algorithm of wanted.length === 0 ? [-7, -257] : wanted) {
      if (isAlgorithm(algorithm) && this.settings.algorithms.includes(algorithm)) return algorithm;
    }
    throw new DOMException('No algorithm in common', 'NotSupportedError');
  }

  /** An allowed credential, or the newest discoverable one if none is named. */
  #find(rpId: string, { allowCredentials = [] }: PublicKeyCredentialRequestOptionsJSON) {
    const allowed = new Set(allowCredentials.map(({ id }) => id));
    const found = this.credentials.findLast(
      (own) => own.rpId === rpId && (allowed.size === 0 ? own.discoverable : allowed.has(own.id)),
    );
    if (found === undefined) throw new DOMException('No such credential', 'NotAllowedError');
    return found;
  }

  /** CTAP 2.2 §6.1.2: a discoverable credential replaces an older one of the same account. */
  #keep(credential: SoftwareCredential): void {
    const replaced = this.credentials.findIndex(
      (own) =>
        own.discoverable &&
        credential.discoverable &&
        own.rpId === credential.rpId &&
        own.userHandle === credential.userHandle,
    );
    if (replaced !== -1) this.credentials.splice(replaced, 1);
    this.credentials.push(credential);
  }

  #flags(bits: Partial<Flags>): Flags {
    const { userVerified: uv, backupEligible: be, backedUp: bs } = this.settings;
    return { up: true, uv, be, bs, at: false, ed: false, ...bits };
  }

  #clientData(type: string, challenge: string, bend: Pick<CreateBend, 'clientData'>): Uint8Array {
    const { origin } = this.settings;
    return clientDataJson({ type, challenge, origin, crossOrigin: false }, bend.clientData);
  }
}

function isDiscoverable({ authenticatorSelection }: PublicKeyCredentialCreationOptionsJSON) {
  // WebAuthn L3 §5.4.4: without residentKey, requireResidentKey decides
  const wish = authenticatorSelection?.residentKey;
  if (wish !== undefined) return wish !== 'discouraged';
  return authenticatorSelection?.requireResidentKey === true;
}
