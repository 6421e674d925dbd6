/** What Apple tells of people, server to server: applied once each, and never after something later. */
import type { Deps } from '../deps.ts';
import type { AppleEvent, AppleEventOutcome } from '../records/apple.ts';
import type { AppleNotification } from './notification.ts';

/** Longer than a notification is taken for: see `notification.ts`. */
const rememberedMs = 8 * 86_400_000;

const kinds = {
  'consent-revoked': 'apple-consent-revoked',
  'account-deleted': 'apple-account-deleted',
  'email-disabled': 'apple-mail-disabled',
  'email-enabled': 'apple-mail-enabled',
} as const;

/** @param payload as Apple posts it; @throws {AppleFailure} */
export async function takeNotification(
  deps: Pick<Deps, 'config' | 'log' | 'now' | 'store'>,
  verify: (payload: string) => Promise<AppleNotification>,
  payload: string,
): Promise<AppleEventOutcome> {
  const notification = await verify(payload);
  const { jti, sub, eventTime } = notification;
  const event = eventOf(notification);
  const at = deps.now();
  const outcome = await deps.store.applyAppleNotification({
    ...{ jti, expiresAt: at + rememberedMs, teams: deps.config.apple?.teams ?? [], sub, event, at },
    eventAt: eventTime,
    audit: (userId) => [
      {
        ...{ at, kind: kinds[event.type], userId, credentialId: null, sessionId: null },
        evidence: { by: 'apple', eventAt: eventTime },
      },
    ],
  });
  deps.log.info({ type: event.type, outcome }, 'a notification of Apple');
  return outcome;
}

function eventOf({ type, email }: AppleNotification): AppleEvent {
  if (type === 'account-delete') return { type: 'account-deleted' };
  return type === 'consent-revoked' ? { type } : { type, email: email ?? null };
}
