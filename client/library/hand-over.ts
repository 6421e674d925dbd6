import { atMost } from './at-most.ts';
import { type Answers, takeAnswers } from './prf-answers.ts';

/**
 * Hands what passkeys answered from the page that signs in to the next one, so that one tap does both.
 *
 * Guarantees: what IndexedDB holds meanwhile is a key that scripts can't export. A page of the same account takes
 * it, once. It is deleted after seconds; if the browser is closed before, then when the next page of ours is opened.
 */

const DATABASE = 'latchkey';
const STORE = 'answers';
/** Longer than a page takes to come. */
const KEPT_MS = 15_000;
/** If the browser has no storage, or does not answer, we go on without: then the person is prompted once more. */
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

/** Takes what the page before left for this account; nothing of it stays. */
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

/** Deletes what was left so long ago that no page will take it. Never fails. */
export function forgetStaleHandOver(): Promise<void> {
  const stale = () => IDBKeyRange.upperBound([Date.now() - KEPT_MS]);
  return atMost(
    PATIENCE_MS.coming,
    inStore((store) => store.delete(stale())),
  );
}

/** Deletes whatever was left. Never fails. */
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
    // Not at the success of the request: if the page is left before the transaction completes, it is undone.
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
