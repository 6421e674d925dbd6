/** The few pages that the library shows itself. What they look like, whoever calls us says. */
import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { currentVisit } from './visit.ts';

/** Only people are shown it: programs get JSON from the library. */
export function renderError(context: KoaContextWithOIDC, out: ErrorOut): void {
  const { error: code, error_description: text } = out;
  context.type = 'html';
  context.body = currentVisit().pages.problem({ code, text: text ?? null });
}

export function logoutSource(context: KoaContextWithOIDC, form: string): void {
  context.type = 'html';
  context.body = currentVisit().pages.signOut(form);
}

export function postLogoutSuccessSource(context: KoaContextWithOIDC): void {
  context.type = 'html';
  context.body = currentVisit().pages.signedOut();
}
