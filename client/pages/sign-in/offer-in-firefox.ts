/** By then the request for a passkey has come to the part of Firefox that makes the list. */
const waitMs = 250;

/**
 * Firefox offers passkeys under a field only if it gets the focus while a request waits. When `autofocus` gives it
 * the focus there is none yet, and from then on neither a click nor the arrow keys bring the list. So, once
 * autofill is armed, the field gets the focus again, unless somebody types already.
 */
export function offerInFirefox(field: HTMLInputElement): void {
  if (!navigator.userAgent.includes('Firefox/')) return;
  setTimeout(() => {
    if (document.activeElement !== field || field.value !== '') return;
    field.blur();
    field.focus();
  }, waitMs);
}
