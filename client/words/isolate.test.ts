import { expect, test } from 'vitest';
import { isolate } from './isolate.ts';

test.each(['Ann', 'ann-1995', 'weiß', 'やま', '🙂'])('%s stays as it is', (name) => {
  expect(isolate(name)).toBe(name);
});

test.each(['نور', 'דנה 2', 'my 𐤀'])('%s does not reorder the words around it', (name) => {
  expect(isolate(name)).toBe(`\u2068${name}\u2069`);
});
