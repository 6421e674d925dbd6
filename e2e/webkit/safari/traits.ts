/**
 * How versions of Safari differ in their passkeys. Tests and pages share this data. Sources: WebKit's
 * AuthenticatorCoordinator and WebAuthenticatorCoordinatorProxy, and the release notes of Safari.
 */
export interface SafariTraits {
  /** `parseCreationOptionsFromJSON`, `parseRequestOptionsFromJSON`, `toJSON`: from 18.4. */
  json: boolean;
  /** `getClientCapabilities`: from 17.4. */
  capabilities: boolean;
  /** Before 18, `create` ignored `mediation`, so that a prompt was shown. */
  conditionalCreate: boolean;
  /** The Signal API: from 26. */
  signals: boolean;
  /** Before 16.4 an abort was ignored: the request stayed active and its promise pending. */
  abort: 'works' | 'ignored';
  /** Whether an aborted request rejects with the signal's reason, or always with an AbortError. */
  abortReason: 'kept' | 'lost';
  /** How many prompts a page may show without a user gesture; before 17.4 one. null: any number. */
  freePrompts: number | null;
  /** How long the system takes to cancel a request; a request that is made meanwhile is queued. */
  cancelMs: number;
  /** The answers of the two `is…Available` functions and of the capabilities. */
  conditionalGet: boolean;
  platformAuthenticator: boolean;
}

const newest: SafariTraits = {
  json: true,
  capabilities: true,
  conditionalCreate: true,
  signals: true,
  abort: 'works',
  // Fixed in WebKit only in April 2026 (bug 311625).
  abortReason: 'lost',
  freePrompts: null,
  cancelMs: 40,
  conditionalGet: true,
  platformAuthenticator: true,
};

const before18: Partial<SafariTraits> = { signals: false, json: false, conditionalCreate: false };
const before17: Partial<SafariTraits> = { ...before18, capabilities: false, freePrompts: 1 };

/** By version. Vary one with `{ ...safari['26'], abortReason: 'kept' }`. */
export const safari = {
  '26': newest,
  '18.4': { ...newest, signals: false },
  '18.3': { ...newest, signals: false, json: false },
  '17.6': { ...newest, ...before18 },
  '16.4': { ...newest, ...before17 },
  '16.3': { ...newest, ...before17, abort: 'ignored' },
} as const satisfies Record<string, SafariTraits>;
