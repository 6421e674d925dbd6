/**
 * Marks that nobody sees: joiners, directions, soft hyphens, byte order marks, blanks that look like
 * nothing, controls. A name copied from a chat or a contact often brings some along.
 */
const invisible = /[\p{Default_Ignorable_Code_Point}\p{Cc}\u2028\u2029\u2800]/gu;

/** A user name as it is seen. The server takes no invisible marks in one. */
export function visibleText(text: string): string {
  return text.replace(invisible, '');
}

/** Takes invisible marks out of a field when they come into it; the caret stays where it is seen. */
export function keepVisible(input: HTMLInputElement): void {
  input.addEventListener('input', (event) => {
    // An input method is still composing: its marks may be part of what it will be.
    if ((event as InputEvent).isComposing) return;
    const { value, selectionStart } = input;
    const seen = visibleText(value);
    if (seen === value) return;
    const caret = visibleText(value.slice(0, selectionStart ?? undefined)).length;
    input.value = seen;
    input.setSelectionRange(caret, caret);
  });
}
