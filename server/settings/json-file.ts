import { readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * A JSON file, read once. Every mistake in it is named by its place.
 *
 * @param nameOf what an element of the outermost array calls itself, to be named beside its number
 */
export function jsonFile<Schema extends z.ZodType>(
  schema: Schema,
  nameOf: (element: unknown) => string | undefined = () => undefined,
) {
  return z.string().transform((path, context): z.output<Schema> => {
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      // What the parser says quotes the file, which may hold secrets.
      const why = error instanceof SyntaxError ? 'it is not JSON' : (error as Error).message;
      context.addIssue(`expected a JSON file: ${why}`);
      return z.NEVER;
    }
    const parsed = schema.safeParse(content);
    if (parsed.success) return parsed.data;
    for (const { path: place, message } of parsed.error.issues) {
      context.addIssue(`${placeOf(place, content, nameOf)}${message}`);
    }
    return z.NEVER;
  });
}

function placeOf(
  place: readonly PropertyKey[],
  content: unknown,
  nameOf: (element: unknown) => string | undefined,
): string {
  if (place.length === 0) return '';
  const [first, ...rest] = place;
  const element = Array.isArray(content) && typeof first === 'number' ? content[first] : undefined;
  const name = nameOf(element);
  const start = typeof first === 'number' ? `[${first}]${name ? ` (${name})` : ''}` : String(first);
  const more = rest.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  return `${start}${more.join('')}: `;
}
