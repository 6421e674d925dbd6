import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedApple, openWithStandIn } from '../testing/apple/opened.ts';
import { signingKey } from '../testing/apple/signing.ts';
import { servicesId } from '../testing/apple/stand-in.ts';
import type { Person } from '../testing/apple/world.ts';
import type { FailureCause } from './failure.ts';
import type { AppleNotification } from './notification.ts';

let opened: OpenedApple;
let ann: Person;
beforeAll(async () => {
  opened = await openWithStandIn();
  ann = opened.standIn.addPerson('Ann');
});
afterAll(() => opened.close());

type Changes = NonNullable<Parameters<OpenedApple['standIn']['notification']>[2]>;
type Type = Parameters<OpenedApple['standIn']['notification']>[1];

async function outcomeOf(
  type: Type,
  changes: Changes = {},
): Promise<AppleNotification | FailureCause> {
  const payload = await opened.standIn.notification(ann, type, changes);
  return opened.apple.verifyNotification(payload).catch(({ cause }) => cause);
}

const seconds = () => Math.floor(Date.now() / 1000);

describe('a notification', () => {
  it.each<[Type, Partial<AppleNotification>]>([
    ['consent-revoked', { type: 'consent-revoked' }],
    ['account-delete', { type: 'account-delete' }],
    ['account-deleted', { type: 'account-delete' }],
    ['email-disabled', { type: 'email-disabled', email: 'ann@icloud.example' }],
    ['email-enabled', { type: 'email-enabled', isPrivateEmail: false }],
  ])('%s says what became of whom, and when', async (type, told) => {
    const outcome = await outcomeOf(type);
    const common = { jti: expect.any(String), sub: opened.standIn.subOf(ann) };
    expect(outcome).toMatchObject({ ...common, ...told });
    expect(Math.abs((outcome as AppleNotification).eventTime - Date.now())).toBeLessThan(60_000);
  });

  const text = (event: unknown) => ({ claims: { events: JSON.stringify(event) } });
  const told = { type: 'consent-revoked', sub: 'ann', event_time: 1_700_000_000_000 };

  it.each<[string, Changes, Partial<AppleNotification>]>([
    ['a time in seconds', text({ ...told, event_time: 1_700_000_000 }), { eventTime: 1.7e12 }],
    ['a time in text', text({ ...told, event_time: '1700000000000' }), { eventTime: 1.7e12 }],
    ['an object as events', { claims: { events: told } }, { sub: 'ann' }],
    ['the Services ID as aud', { claims: { aud: servicesId } }, {}],
    ['no exp', { claims: { exp: undefined } }, {}],
    [
      'is_private_email as a boolean',
      { event: { email: 'a@b.c', is_private_email: true } },
      { isPrivateEmail: true },
    ],
    [
      'is_private_email in text',
      { event: { email: 'a@b.c', is_private_email: 'true' } },
      { isPrivateEmail: true },
    ],
  ])('with %s is taken', async (_name, changes, facts) => {
    expect(await outcomeOf('consent-revoked', changes)).toMatchObject({
      type: 'consent-revoked',
      ...facts,
    });
  });

  it.each<[string, Changes, FailureCause]>([
    ['another iss', { claims: { iss: 'https://example.com' } }, 'token-issuer'],
    ['a stranger’s app as aud', { claims: { aud: 'com.stranger.app' } }, 'token-audience'],
    ['several aud', { claims: { aud: [servicesId, 'com.stranger.app'] } }, 'token-audience'],
    ['no aud', { claims: { aud: undefined } }, 'token-audience'],
    ['no jti', { claims: { jti: undefined } }, 'token-claims'],
    ['an empty jti', { claims: { jti: '' } }, 'token-claims'],
    ['a jti that is too long', { claims: { jti: 'j'.repeat(256) } }, 'token-claims'],
    ['no iat', { claims: { iat: undefined } }, 'token-claims'],
    ['iat in ten minutes', { claims: { iat: seconds() + 600 } }, 'token-of-the-future'],
    ['exp two minutes ago', { claims: { exp: seconds() - 120 } }, 'token-expired'],
    [
      'iat eight days ago, and no exp',
      { claims: { iat: seconds() - 691_200, exp: undefined } },
      'token-expired',
    ],
    ['no events', { claims: { events: undefined } }, 'token-claims'],
    ['events that are no JSON', { claims: { events: '{' } }, 'token-claims'],
    ['events in a list', text([told]), 'token-claims'],
    [
      'events of RISC',
      text({ 'https://schemas.openid.net/secevent/risc/event-type/account-purged': {} }),
      'token-claims',
    ],
    ['no type', text({ ...told, type: undefined }), 'token-claims'],
    ['a type that nobody knows', text({ ...told, type: 'account-renamed' }), 'event-unknown'],
    ['a type of Object', text({ ...told, type: 'constructor' }), 'event-unknown'],
    ['no sub', text({ ...told, sub: undefined }), 'token-claims'],
    ['an empty sub', text({ ...told, sub: '' }), 'token-claims'],
    ['no event_time', text({ ...told, event_time: undefined }), 'token-claims'],
    ['an event_time that is no number', text({ ...told, event_time: 'now' }), 'token-claims'],
    ['an endless event_time', text({ ...told, event_time: 1e300 }), 'token-claims'],
  ])('with %s is refused', async (_name, changes, cause) => {
    expect(await outcomeOf('consent-revoked', changes)).toBe(cause);
  });

  it('is no identity token, and an identity token is no notification', async () => {
    const { standIn, apple } = opened;
    const identity = await standIn.sign(standIn.claims(ann));
    await expect(apple.verifyNotification(identity)).rejects.toMatchObject({
      cause: 'token-claims',
    });
    const payload = await standIn.notification(ann, 'consent-revoked');
    const asked = apple.verifyIdentityToken(payload, {
      audiences: ['com.example.app'],
      nonce: null,
    });
    await expect(asked).rejects.toMatchObject({ cause: 'token-claims' });
  });

  it('is signed by Apple', async () => {
    const { standIn, apple } = opened;
    standIn.faults.signsWithUnpublishedKey = true;
    expect(await outcomeOf('consent-revoked')).toBe('token-key-unknown');
    standIn.faults.signsWithUnpublishedKey = false;
    const [published] = standIn.world.signingKeys;
    const key = { ...signingKey('unpublished'), kid: published?.kid ?? '' };
    const claims = { iss: 'https://appleid.apple.com', aud: servicesId, iat: seconds() };
    const payload = await standIn.sign({ ...claims, jti: '1', events: '{}' }, { key });
    await expect(apple.verifyNotification(payload)).rejects.toMatchObject({
      cause: 'token-signature',
    });
  });
});
