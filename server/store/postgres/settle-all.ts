/**
 * Waits for statements that were sent without waiting for each other's answers. When it returns or
 * throws, nothing of them is on its way any more; it throws what the first of them threw that did.
 */
export async function settleAll<const Steps extends readonly unknown[]>(
  steps: Steps,
): Promise<{ -readonly [Step in keyof Steps]: Awaited<Steps[Step]> }> {
  const outcomes = await Promise.allSettled(steps);
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  }) as { -readonly [Step in keyof Steps]: Awaited<Steps[Step]> };
}
