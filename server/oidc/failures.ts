import { errors } from 'oidc-provider';
import { RpError } from '../errors.ts';

/** What the store refuses, in the protocol's words: a database that is away is no fault of the request. */
export async function inProtocol<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RpError && error.code === 'unavailable') throw unavailable(error);
    throw error;
  }
}

/** The same in our own words again, for who does not speak the protocol. */
export async function inOurWords<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown };
    throw error instanceof errors.OIDCProviderError && cause instanceof RpError ? cause : error;
  }
}

/** RFC 6749 §4.1.2.1 */
function unavailable(cause: unknown): Error {
  const error = new errors.TemporarilyUnavailable('the service is not available right now', {
    cause,
  });
  return Object.assign(error, { status: 503, statusCode: 503 });
}
