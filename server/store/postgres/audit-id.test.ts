import { describe, expect, it } from 'vitest';
import { auditIds } from './audit-id.ts';

const at = 1_800_000_000_000;

describe('the IDs of audit entries', () => {
  it('are UUIDs of version 7 that say the time', () => {
    const id = auditIds()(at);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(at);
  });

  it('are in the order of time, and of their making within a millisecond', () => {
    const newId = auditIds();
    const ids = Array.from({ length: 5000 }, () => newId(at));
    expect(ids.toSorted()).toEqual(ids);
    expect(newId(at + 1) > newId(at)).toBe(true);
  });

  it('are not the same for two processes', () => {
    expect(auditIds()(at)).not.toBe(auditIds()(at));
  });
});
