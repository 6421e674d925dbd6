/** What a person sees who opened an address in a browser and got an error: where they are, and a way on. */
import type { Config } from '../config.ts';
import { type Incoming, pathOf } from './middleware/incoming.ts';
import { readTemplate } from './templates.ts';

/** @returns the page for an answer of that status */
export type ErrorPage = (status: number) => string;

const forMachines = /^\/(?:api|\.well-known)\//;

/** @returns the page for a request that a person made in a browser; null for any other, which gets JSON */
export function errorPages({
  rpName,
}: Pick<Config, 'rpName'>): (request: Incoming) => ErrorPage | null {
  const notFound = readTemplate('not-found.html')({ rpName });
  const unavailable = readTemplate('unavailable.html')({ rpName });
  const page: ErrorPage = (status) => (status >= 500 ? unavailable : notFound);
  return (request) => (isForPerson(request) ? page : null);
}

function isForPerson(request: Incoming): boolean {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') return false;
  return /\btext\/html\b/.test(headers.accept ?? '') && !forMachines.test(pathOf(request));
}
