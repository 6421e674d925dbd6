/** Ceremonies without a server, for tests of the harness. */
import type { Page } from 'playwright/test';

interface Wish {
  mediation?: CredentialMediationRequirement;
  attachment?: AuthenticatorAttachment;
  exclude?: string[];
}

interface Outcome {
  id: string;
  userVerified: boolean;
  prf: boolean;
}

declare global {
  interface Window {
    toy: {
      /** The number of unanswered requests. */
      open: number;
      /** Aborts them all. */
      abort(): void;
      run(kind: 'create' | 'get', wish: Wish): Promise<Outcome>;
    };
  }
}

/** Runs a ceremony in the page. Rejects with the name of the page's exception. */
export function ceremony(page: Page, kind: 'create' | 'get', wish: Wish = {}): Promise<Outcome> {
  return page.evaluate(([what, how]) => window.toy.run(what, how), [kind, wish] as const);
}

/** Runs in the page, before its own scripts. */
export function installCeremonies(): void {
  const UV = 0x04;
  const FLAGS = 32;
  const fromBase64Url = (text: string) =>
    Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const controllers = new Set<AbortController>();

  async function request(kind: 'create' | 'get', { mediation, attachment, exclude = [] }: Wish) {
    const controller = new AbortController();
    controllers.add(controller);
    const options = { signal: controller.signal, ...(mediation && { mediation }) };
    const challenge = crypto.getRandomValues(new Uint8Array(32));
    if (kind === 'get') {
      const publicKey = { challenge, userVerification: 'required' as const };
      return navigator.credentials.get({ ...options, publicKey });
    }
    return navigator.credentials.create({
      ...options,
      publicKey: {
        challenge,
        rp: { id: 'localhost', name: 'Toy' },
        user: { id: challenge.slice(0, 16), name: 'toy', displayName: 'Toy' },
        pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key' as const, alg })),
        excludeCredentials: exclude.map((id) => ({ type: 'public-key', id: fromBase64Url(id) })),
        authenticatorSelection: {
          residentKey: 'required',
          userVerification: 'required',
          ...(attachment && { authenticatorAttachment: attachment }),
        },
        extensions: { prf: {} },
      },
    });
  }

  window.toy = {
    open: 0,
    abort() {
      for (const controller of controllers) controller.abort();
    },
    async run(kind, wish) {
      window.toy.open++;
      try {
        const credential = (await request(kind, wish)) as PublicKeyCredential;
        const response = credential.response as AuthenticatorAssertionResponse &
          AuthenticatorAttestationResponse;
        const data = response.authenticatorData ?? response.getAuthenticatorData();
        const flags = new Uint8Array(data)[FLAGS] ?? 0;
        const prf = credential.getClientExtensionResults().prf?.enabled === true;
        return { id: credential.id, userVerified: (flags & UV) !== 0, prf };
      } finally {
        window.toy.open--;
      }
    },
  };
}
