import { expect, it } from 'vitest';
import { AppleFailure, type FailureCause, refusalOf } from './failure.ts';

it.each<[FailureCause, string]>([
  ['timed-out', 'apple_unavailable'],
  ['key-refused', 'apple_misconfigured'],
  ['nonce-mismatch', 'challenge_invalid'],
])('%s is %s to whoever asked, and the log has the cause', (cause, code) => {
  const failure = new AppleFailure(cause);
  expect(refusalOf(failure)).toMatchObject({ code, detail: cause, cause: failure });
});
