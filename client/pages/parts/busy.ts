/**
 * Runs what a button starts, once at a time. The button is not disabled meanwhile, because that
 * would take the keyboard's focus away from it.
 */
export async function busy(button: HTMLElement, task: () => Promise<unknown>): Promise<void> {
  if (button.ariaDisabled) return;
  button.ariaDisabled = 'true';
  try {
    await task();
  } finally {
    button.ariaDisabled = null;
  }
}
