import { rmSync } from 'node:fs';

/** What SQLite may keep beside a database. */
export const sidecars = ['-wal', '-shm', '-journal'] as const;

export function removeSidecars(path: string): void {
  for (const sidecar of sidecars) rmSync(path + sidecar, { force: true });
}
