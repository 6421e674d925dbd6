/**
 * Whose page this is. Cookies belong to the whole browser: in another tab somebody else may have
 * signed in since. So calls name the account that the page shows, in the header `Latchkey-User`, and
 * the server refuses them with `account_changed` if another one is signed in.
 */
let owner: string | undefined;

/** The user handle that further calls name; undefined: none. A sign-in or sign-up sets it by itself. */
export function setPageOwner(userId: string | undefined): void {
  owner = userId;
}

/** The user handle that calls name; undefined: none. */
export const pageOwner = (): string | undefined => owner;

/** The header of a call, if the page is anybody's. */
export function ownerHeader(): Record<string, string> {
  return owner === undefined ? {} : { 'latchkey-user': owner };
}
