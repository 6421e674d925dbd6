/** Shows a text that has a mail address in it: a narrow screen breaks it behind `@` or `.`, and not inside a word. */
export function showBreakable(element: HTMLElement, text: string): void {
  const parts = text.split(/([@.])(?=\S)/);
  element.replaceChildren(
    ...parts.flatMap((part, at) => (at % 2 ? [part, document.createElement('wbr')] : [part])),
  );
}
