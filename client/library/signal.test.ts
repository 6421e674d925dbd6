import { afterEach, expect, test, vi } from 'vitest';
import { signal } from './signal.ts';

afterEach(() => void vi.unstubAllGlobals());

function api() {
  const calls = {
    signalAllAcceptedCredentials: vi.fn(async (_: AllAcceptedCredentialsOptions) => {}),
    signalCurrentUserDetails: vi.fn(async () => {}),
    signalUnknownCredential: vi.fn(async () => {}),
  };
  vi.stubGlobal('PublicKeyCredential', calls);
  return calls;
}

const accepted = (...ids: string[]) => ({
  allAcceptedCredentials: { rpId: 'localhost', userId: 'AQ', allAcceptedCredentialIds: ids },
});
const details = { rpId: 'localhost', userId: 'AQ', name: 'anna', displayName: 'Anna' };
const unknown = { rpId: 'localhost', credentialId: 'Ag' };

test('each signal is passed on as the server made it', async () => {
  const calls = api();
  await signal({ ...accepted('Ag'), currentUserDetails: details, unknownCredential: unknown });
  expect(calls.signalAllAcceptedCredentials).toHaveBeenCalledWith(
    accepted('Ag').allAcceptedCredentials,
  );
  expect(calls.signalCurrentUserDetails).toHaveBeenCalledWith(details);
  expect(calls.signalUnknownCredential).toHaveBeenCalledWith(unknown);
});

test('an empty list is never passed on, but for an account that is gone', async () => {
  const calls = api();
  await signal(accepted());
  expect(calls.signalAllAcceptedCredentials).not.toHaveBeenCalled();
  await signal(accepted(), 'deleted');
  expect(calls.signalAllAcceptedCredentials).toHaveBeenCalledTimes(1);
});

const formerly = (...ids: string[]) => ({
  formerDomains: [{ rpId: 'old.example', userId: 'AQ', allAcceptedCredentialIds: ids }],
});

test('former domains are told what they still hold, and an empty list only of an account that is gone', async () => {
  const calls = api();
  await signal({ ...accepted('Ag'), ...formerly('Aw') });
  expect(calls.signalAllAcceptedCredentials.mock.calls).toEqual([
    [accepted('Ag').allAcceptedCredentials],
    formerly('Aw').formerDomains,
  ]);
  calls.signalAllAcceptedCredentials.mockClear();
  await signal(formerly());
  expect(calls.signalAllAcceptedCredentials).not.toHaveBeenCalled();
  await signal(formerly(), 'deleted');
  expect(calls.signalAllAcceptedCredentials).toHaveBeenCalledTimes(1);
});

test('one signal that throws or is refused keeps no other from being sent', async () => {
  const calls = api();
  calls.signalAllAcceptedCredentials.mockImplementation(() => {
    throw new DOMException('not this domain', 'SecurityError');
  });
  await signal({ ...accepted('Ag'), ...formerly('Aw'), currentUserDetails: details });
  expect(calls.signalAllAcceptedCredentials).toHaveBeenCalledTimes(2);
  expect(calls.signalCurrentUserDetails).toHaveBeenCalledTimes(1);
});

test('a passkey is called unknown only where the server calls it so', async () => {
  const calls = api();
  await signal({ ...accepted('Ag'), ...formerly('Aw'), currentUserDetails: details });
  expect(calls.signalUnknownCredential).not.toHaveBeenCalled();
});

test('a browser without signals, or with one that fails, is no reason to fail', async () => {
  await signal(accepted('Ag'));
  vi.stubGlobal('PublicKeyCredential', {
    signalAllAcceptedCredentials: () => {
      throw new TypeError('Illegal invocation');
    },
  });
  await signal(accepted('Ag'));
  vi.stubGlobal('PublicKeyCredential', {
    signalAllAcceptedCredentials: () => Promise.reject(new Error('SecurityError')),
  });
  await signal(accepted('Ag'));
});

test('a signal that never ends does not hold up the page', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('PublicKeyCredential', {
    signalCurrentUserDetails: () => new Promise(() => {}),
  });
  const done = signal({ currentUserDetails: details });
  await vi.advanceTimersByTimeAsync(1_000);
  await done;
  vi.useRealTimers();
});
