/**
 * A stand-in for `PublicKeyCredential` and `navigator.credentials` that behaves as in Safari, for an engine that has
 * neither. It holds no key and signs nothing: a test reads the requests from `window.__passkeys` and answers or
 * fails them.
 *
 * Runs in the page, before the page's own scripts.
 */
import { decodeBytes, encodeBytes } from './bytes.ts';
import { classes, constructorKey, PublicKeyCredential, type ResponseJson } from './credential.ts';
import { type Kind, type PasskeyRequest, Requests } from './requests.ts';
import type { SafariTraits } from './traits.ts';

export interface Signal {
  method: string;
  options: unknown;
}

declare global {
  interface Window {
    __safariTraits: SafariTraits;
    __passkeys: {
      list(): PasskeyRequest[];
      signals: Signal[];
      answer(id: number, response: ResponseJson): void;
      fail(id: number, name: string, message: string): void;
    };
  }
}

interface Options {
  publicKey?: { rp?: { id?: string }; rpId?: string };
  mediation?: string;
  signal?: AbortSignal;
}

const traits = window.__safariTraits;
const requests = new Requests(traits);
const signals: Signal[] = [];
let freePrompts = traits.freePrompts ?? Number.POSITIVE_INFINITY;

async function request(kind: Kind, options: Options = {}): Promise<unknown> {
  const { publicKey, mediation, signal } = options;
  if (signal?.aborted) throw signal.reason;
  if (!publicKey) throw failure('NotSupportedError', 'Only PublicKeyCredential is supported.');
  refuseForeignDomain(publicKey.rp?.id ?? publicKey.rpId ?? location.hostname);
  const conditional = mediation === 'conditional' && (kind === 'get' || traits.conditionalCreate);
  if (!conditional) spendGesture();
  return requests.open(kind, conditional, encodeBytes(publicKey), signal);
}

/** WebAuthn L3 §5.1.3 step 8: the RP ID is this domain or one above it. */
function refuseForeignDomain(rpId: string): void {
  if (location.hostname === rpId || location.hostname.endsWith(`.${rpId}`)) return;
  throw failure('SecurityError', 'The RP ID is not a suffix of the domain of the document.');
}

function spendGesture(): void {
  if (!document.hasFocus()) throw failure('NotAllowedError', 'The document is not focused.');
  if (navigator.userActivation?.isActive) return;
  freePrompts -= 1;
  if (freePrompts < 0) throw failure('NotAllowedError', 'User gesture is not detected.');
}

const failure = (name: string, message: string) => new DOMException(message, name);

function statics(): Record<string, unknown> {
  const { conditionalGet, conditionalCreate, platformAuthenticator, signals: signalling } = traits;
  const signal = (method: string) => async (options: { rpId: string }) => {
    refuseForeignDomain(options.rpId);
    signals.push({ method, options });
  };
  const signalMethods = ['UnknownCredential', 'AllAcceptedCredentials', 'CurrentUserDetails'];
  const named = signalMethods.map((name) => `signal${name}`);
  return {
    isConditionalMediationAvailable: async () => conditionalGet,
    isUserVerifyingPlatformAuthenticatorAvailable: async () => platformAuthenticator,
    ...(traits.capabilities && {
      getClientCapabilities: async () => ({
        conditionalCreate,
        conditionalGet,
        hybridTransport: true,
        passkeyPlatformAuthenticator: true,
        userVerifyingPlatformAuthenticator: platformAuthenticator,
        relatedOrigins: true,
        ...Object.fromEntries(named.map((name) => [name, signalling])),
      }),
    }),
    ...(traits.json && {
      parseCreationOptionsFromJSON: (json: unknown) => decodeBytes(json),
      parseRequestOptionsFromJSON: (json: unknown) => decodeBytes(json),
    }),
    ...(signalling && Object.fromEntries(named.map((name) => [name, signal(name)]))),
  };
}

if (!traits.json) Reflect.deleteProperty(PublicKeyCredential.prototype, 'toJSON');
Object.assign(PublicKeyCredential, statics());
for (const [name, value] of Object.entries(classes)) {
  Object.defineProperty(window, name, { value, configurable: true, writable: true });
}
const credentials = {
  create: (options?: Options) => request('create', options),
  get: (options?: Options) => request('get', options),
  preventSilentAccess: async () => {},
  store: async () => {
    throw failure('NotSupportedError', 'Not implemented.');
  },
};
Object.defineProperty(navigator, 'credentials', { value: credentials, configurable: true });

window.__passkeys = {
  list: () => requests.list(),
  signals,
  answer: (id, response) => requests.answer(id, new PublicKeyCredential(constructorKey, response)),
  fail: (id, name, message) => requests.fail(id, name, message),
};
