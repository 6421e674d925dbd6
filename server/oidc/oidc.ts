/** What the rest of the server knows of the OpenID provider. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Config } from '../config.ts';
import type { Caller } from '../records/caller.ts';

/** Makes the HTML of the few pages that the library shows itself. */
interface Pages {
  /** In which there are pages: BCP 47 tags. */
  readonly languages: readonly string[];
  /** A request that leads nowhere: the person can only go back to the app. */
  problem(said: { readonly code: string; readonly text: string }): string;
  /** Asks whether to sign out: `xsrf` is to be posted to `action`, and `logout` with it for yes. */
  signOut(form: { readonly action: string; readonly xsrf: string }): string;
  signedOut(): string;
  /** The service can't answer right now. */
  unavailable(): string;
}

/** Who asks, and how they are answered. */
export interface Visitor {
  readonly caller: Caller;
  readonly pages: Pages;
  /** Called if the request signs out, before its answer leaves. */
  signedOut(): void;
  /** Whether something may be fetched for this request, which a stranger names. */
  mayFetch(): Promise<boolean>;
}

/** What the page needs to know of the app that a person is on the way to, and of what it asks. */
export interface InteractionView {
  readonly client: {
    readonly name: string;
    readonly logo?: string;
    readonly policy?: string;
    readonly terms?: string;
  };
  readonly prompt: 'login' | 'create' | 'consent';
  readonly loginHint?: string;
  /** BCP 47 tags, the most wanted first. */
  readonly locales?: readonly string[];
  /** With `consent`: what the app would be allowed. */
  readonly scopes?: readonly string[];
  /** What is missing until it can be finished, as things stand. */
  readonly needs: 'sign-in' | 'step-up' | null;
}

/** An interaction as its page is shown. */
export interface InteractionPage extends InteractionView {
  /** The same request from its start, in whichever browser it is opened; null if the app doesn't allow that. */
  readonly elsewhere: string | null;
}

/** Interactions refuse with `not_found` if they have expired, and in any browser but the one that began them. */
export interface Oidc {
  /** Answers a request whose target is relative to the issuer. */
  handle(visitor: Visitor, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Answers a request for a code without a browser, whose body is this form. */
  challenge(
    visitor: Visitor,
    request: IncomingMessage,
    response: ServerResponse,
    form: Readonly<Record<string, string>>,
  ): Promise<void>;
  describe(visitor: Visitor, uid: string): Promise<InteractionPage>;
  /** Where the browser goes next. Refuses with `unauthenticated`, `step_up_required` too. */
  finish(visitor: Visitor, uid: string): Promise<string>;
  abort(visitor: Visitor, uid: string): Promise<string>;
  /** The same request from its start, for an interaction that has expired; null if nothing is known of it. */
  restart(visitor: Visitor, uid: string): Promise<string | null>;
  /** Tells apps of sign-ins that have ended, as far as it is due. Never rejects. */
  tellApps(): Promise<void>;
  /**
   * Goes on with these clients, resources and keys; without a request in between.
   *
   * @throws {OperatorError} that names every mistake in the clients; then those that were there stay
   */
  reload(oidc: Config['oidc']): Promise<void>;
  /** Ends what it is telling. */
  close(): Promise<void>;
}
