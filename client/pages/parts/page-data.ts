import { byId } from './by-id.ts';

/** What the server put into the page, so that nothing has to be fetched before it is of use. */
export function pageData<T>(): T {
  return JSON.parse(byId('page').textContent ?? '');
}
