/** Says to the style sheet that the script has come: what waits for it need not be hidden any more. */
export function ready(): void {
  document.documentElement.dataset['ready'] = '';
}
