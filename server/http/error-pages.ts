/** What a person sees who opened an address in a browser and got an error: where they are, and a way on. */
import type { Config } from '../config.ts';
import { brandValues } from './brand.ts';
import { type Incoming, pathOf } from './middleware/incoming.ts';
import { readTemplate } from './templates.ts';

/** @returns the page for an answer of that status */
export type ErrorPage = (status: number) => string;

const forMachines = /^\/(?:api|\.well-known)\//;

/** @returns the page for a request that a person made in a browser; null for any other, which gets JSON */
export function errorPages(config: Config): (request: Incoming) => ErrorPage | null {
  const values = brandValues(config);
  const notFound = readTemplate('not-found.html', values);
  const unavailable = readTemplate('unavailable.html', values);
  return (request) => {
    if (!isForPerson(request)) return null;
    const language = request.headers['accept-language'];
    return (status) => (passes(status) ? unavailable : notFound)(language);
  };
}

/** Whether the same request may be answered a little later. */
const passes = (status: number) => status >= 500 || status === 429;

function isForPerson(request: Incoming): boolean {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') return false;
  return /\btext\/html\b/.test(headers.accept ?? '') && !forMachines.test(pathOf(request));
}
