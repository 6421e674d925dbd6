import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeNotes, type Note } from './merge-notes.ts';

const note = (id: string, text: string): Note => ({ id, text, at: `at ${text}` });
const holding = (...notes: Note[]) => ({ notes });
const texts = ({ notes = [] }: { notes?: Note[] }) => notes.map(({ text }) => text).sort();

const [a, b, c] = [note('a', 'a'), note('b', 'b'), note('c', 'c')];
const base = holding(a, b);

describe('notes that were changed in two places at once', () => {
  it.each([
    ['both added one', holding(a, b, c), holding(a, b, note('d', 'd')), ['a', 'b', 'c', 'd']],
    ['one changed what the other left', holding(note('a', 'A'), b), holding(a, b), ['A', 'b']],
    ['the other way round', holding(a, b), holding(note('a', 'A'), b), ['A', 'b']],
    [
      'both changed the same',
      holding(note('a', 'A'), b),
      holding(note('a', 'Ä'), b),
      ['A', 'b', 'Ä'],
    ],
    [
      'both made the same of it',
      holding(note('a', 'A'), b),
      holding(note('a', 'A'), b),
      ['A', 'b'],
    ],
    ['one deleted what the other left', holding(b), holding(a, b), ['b']],
    ['one deleted what the other changed', holding(b), holding(note('a', 'A'), b), ['A', 'b']],
    ['the other way round', holding(note('a', 'A'), b), holding(b), ['A', 'b']],
    ['both deleted it', holding(b), holding(b), ['b']],
    ['there was nothing before', holding(a), holding(b), ['a', 'b'], null],
  ] as const)('%s', (_what, theirs, ours, expected, before: unknown = base) => {
    expect(texts(mergeNotes({ base: before, theirs, ours }))).toEqual(expected);
  });

  it('leave alone what an application keeps beside them', () => {
    const merged = mergeNotes({
      base: { ...base, app: 1 },
      theirs: { ...base, app: 2 },
      ours: { ...holding(a, b, c), app: 1 },
    });
    expect(merged).toEqual({ app: 2, notes: [a, b, c] });
  });

  it('never lose what either of them wrote', () => {
    const notes = fc.uniqueArray(
      fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd'), text: fc.constantFrom('1', '2', '3') }),
      { selector: ({ id }) => id },
    );
    const dated = notes.map((list) => ({
      notes: list.map((each) => ({ ...each, at: each.text })),
    }));
    fc.assert(
      fc.property(dated, dated, dated, (before, theirs, ours) => {
        const merged = texts(mergeNotes({ base: before, theirs, ours }));
        const written = [theirs, ours].flatMap(({ notes }) =>
          notes.filter(
            ({ id, text }) => text !== before.notes.find((each) => each.id === id)?.text,
          ),
        );
        for (const { text } of written) expect(merged).toContain(text);
      }),
    );
  });
});
