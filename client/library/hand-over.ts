import { atMost } from './at-most.ts';
import { type Answers, takeAnswers } from './prf-answers.ts';

/**
 * Hands what passkeys answered from the page that signs in to the next one, so that one tap does both.
 *
 * Guarantees: what lies in IndexedDB meanwhile is a key that nobody can read out; it is taken once, by a page
 * of the same account, and is gone after seconds, at the latest when the next page of ours is opened.
 */

const DATABASE = 'latchkey';
const STORE = 'answers';
/** Longer than a page takes to come. */
const KEPT_MS = 15_000;
/** A browser that has no storage, or does not answer, costs one prompt, and little time: nobody waits on leaving. */
const PATIENCE_MS = { leaving: 1000, coming: 5000 };

/** Leaves everything that this page holds to the next one. Never fails. */
export async function handOver(): Promise<void> {
  const answers = takeAnswers().filter(({ evaluations }) => evaluations.length);
  if (!answers.length) return;
  await atMost(
    PATIENCE_MS.leaving,
    inStore((store) => store.put(answers, [Date.now(), Math.random()])),
  );
  // If nobody comes, this page is still there.
  setTimeout(forgetHandOver, KEPT_MS);
}

/** What the page before left for this account, and an end to it. */
export async function takeHandOver(account: string): Promise<Answers[]> {
  let left: Answers[] = [];
  await atMost(
    PATIENCE_MS.coming,
    inStore((store) => {
      const found: IDBRequest<Answers[][]> = store.getAll();
      store.clear();
      return found;
    }).then((found) => {
      left = found.flat();
    }),
  );
  const fits = (each: Answers) => each.account === account && Date.now() - each.at < KEPT_MS;
  return left.filter(fits);
}

/** An end to what was left so long ago that nobody comes for it. Never fails. */
export function forgetStaleHandOver(): Promise<void> {
  const stale = () => IDBKeyRange.upperBound([Date.now() - KEPT_MS]);
  return atMost(
    PATIENCE_MS.coming,
    inStore((store) => store.delete(stale())),
  );
}

/** An end to whatever was left. Never fails. */
export function forgetHandOver(): Promise<void> {
  return atMost(
    PATIENCE_MS.coming,
    inStore((store) => store.clear()),
  );
}

async function inStore<T>(work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(DATABASE);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = await settled(opening);
  try {
    const transaction = database.transaction(STORE, 'readwrite');
    const request = work(transaction.objectStore(STORE));
    // Its request may have succeeded before: a page that is left then takes back what is not complete.
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    return request.result;
  } finally {
    database.close();
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
