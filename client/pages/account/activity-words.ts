import type { Activity } from '../../library/types.ts';
import { activity } from '../../words/en.ts';

/**
 * One entry of the activity in words; undefined for a kind without a sentence, because a newer server
 * may tell of more than this page knows.
 */
export function tell({ kind, passkey }: Activity): string | undefined {
  return activity.byKind[kind]?.(passkey ? activity.quote(passkey) : activity.aPasskey);
}
