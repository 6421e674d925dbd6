/** Notes as they lie in the vault, beside whatever else an application keeps there. */

export interface Note {
  id: string;
  text: string;
  /** When it was last changed: ISO 8601. */
  at: string;
}

export interface Holding {
  notes?: Note[];
  [other: string]: unknown;
}

/** What a vault holds, as an object; null if an application keeps something else in it. */
export function holdingOf(value: unknown): Holding | null {
  if (value === null) return {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Holding) : null;
}

/**
 * Two tabs or devices changed notes at the same time: nothing that anybody wrote is lost. If both changed a note, both
 * versions are kept. If one deleted a note that the other changed, it is kept.
 */
export function mergeNotes({
  base,
  theirs,
  ours,
}: {
  base: unknown;
  theirs: unknown;
  ours: unknown;
}): Holding {
  const before = notesOf(base);
  const their = notesOf(theirs);
  const our = notesOf(ours);
  const merged = new Map<string, Note>();
  for (const id of new Set([...their.keys(), ...our.keys()])) {
    for (const note of mergeNote(before.get(id), their.get(id), our.get(id)))
      merged.set(note.id, note);
  }
  // Whatever else is in it is not ours to change.
  return { ...holdingOf(theirs), notes: [...merged.values()] };
}

function mergeNote(before?: Note, their?: Note, our?: Note): Note[] {
  const only = (note?: Note) => (note ? [note] : []);
  if (their?.text === our?.text || our?.text === before?.text) return only(their);
  if (their?.text === before?.text) return only(our);
  if (!their || !our) return only(their ?? our);
  return [their, { ...our, id: `${our.id}~${our.at}` }];
}

function notesOf(value: unknown): Map<string, Note> {
  const { notes = [] } = holdingOf(value) ?? {};
  return new Map(notes.map((note) => [note.id, note]));
}
