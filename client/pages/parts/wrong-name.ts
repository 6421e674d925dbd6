import { Problem } from '../../library/problem.ts';
import { names, problems } from '../../words/en.ts';

/** The fields for a person's names, called as in the server's API. */
type Field = 'username' | 'displayName';

/** Longer names are refused. */
const MAX_BYTES = 256;

/**
 * Which name the server refused, and what is wrong with it.
 *
 * @returns undefined if it refused something else
 */
export function wrongName(
  error: unknown,
  values: Readonly<Record<Field, string>>,
): { field: Field; text: string } | undefined {
  if (!(error instanceof Problem)) return undefined;
  if (error.code === 'username_taken')
    return { field: 'username', text: problems.byCode['username_taken'] ?? '' };
  if (error.code !== 'invalid_request') return undefined;
  const detail = String(error.members['detail']);
  const [first, ...others] = (['username', 'displayName'] as const).filter((field) =>
    detail.includes(field),
  );
  // If both are named, the first of them that is visibly wrong.
  const field =
    [first, ...others].find((each) => each && visiblyWrong(each, values[each])) ?? first;
  return field && { field, text: visiblyWrong(field, values[field]) ?? names.unusable };
}

/** What a person can see to be wrong with a name. */
export function visiblyWrong(field: Field, value: string): string | undefined {
  if (field === 'username' && !value) return names.usernameMissing;
  if (field === 'username' && /\s/.test(value)) return names.noSpaces;
  return new TextEncoder().encode(value).length > MAX_BYTES ? names.tooLong : undefined;
}
