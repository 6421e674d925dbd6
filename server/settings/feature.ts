/**
 * The parts that the configuration is made of. A feature has one small file here: the variables that it
 * reads, the rules between them, and what the code gets to see of them.
 *
 * Guarantees: every bad variable is reported, all of them together; settings are made only if nothing
 * was wrong.
 */
import type { z } from 'zod';

type Fields = Readonly<Record<string, z.ZodType>>;
type Values<Known extends Fields> = { readonly [Name in keyof Known]: z.output<Known[Name]> };

interface Feature<Own extends Fields, Read extends Fields, Settings extends object> {
  /** Its own variables. */
  readonly fields: Own;
  /** Variables of other features (`site.fields.ORIGIN`) that its rules and settings depend on. */
  readonly reads?: Read;
  /**
   * Each returns `NAME: what is wrong`, or null. A rule that reads a bad variable counts for nothing,
   * because that variable is reported already.
   */
  readonly rules?: readonly ((values: Values<Own & Read>) => string | null)[];
  /** What becomes of the variables in `Config`. */
  readonly settings: (values: Values<Own & Read>) => Settings;
}

/** Returns what it is given: it is here for the types. */
export function feature<
  Own extends Fields,
  Settings extends object,
  Read extends Fields = Record<never, never>,
>(definition: Feature<Own, Read, Settings>): Feature<Own, Read, Settings> {
  return definition;
}

/** A feature whose types are not known any more. */
interface AnyFeature {
  readonly fields: Fields;
  readonly rules?: readonly ((values: never) => string | null)[];
  readonly settings: (values: never) => object;
}

type Intersection<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

export type SettingsOf<Features extends readonly AnyFeature[]> = Intersection<
  ReturnType<Features[number]['settings']>
>;

/** Variables that are set; an empty one is not. */
type Environment = Readonly<Record<string, string>>;

/** @returns the settings of all features in one object, or everything that is wrong */
export function compose<const Features extends readonly AnyFeature[]>(
  features: Features,
  env: Environment,
): { readonly settings: SettingsOf<Features> } | { readonly problems: readonly string[] } {
  const { values, problems } = readFields(features, env);
  for (const rule of features.flatMap(({ rules = [] }) => rules)) {
    const problem = judge(() => rule(values));
    if (problem !== null) problems.push(problem);
  }
  if (problems.length > 0) return { problems };
  const settings: SettingsOf<Features> = Object.assign(
    {},
    ...features.map((each) => each.settings(values)),
  );
  return { settings };
}

const reportedAlready = new Error('a bad variable was read');

/** Every variable by its own schema. `values` throws `reportedAlready` if a bad one is read. */
function readFields(features: readonly AnyFeature[], env: Environment) {
  const values = {};
  const problems: string[] = [];
  for (const [name, schema] of features.flatMap(({ fields }) => Object.entries(fields))) {
    const { success, data, error } = schema.safeParse(env[name]);
    problems.push(...(error?.issues ?? []).map(({ message }) => `${name}: ${message}`));
    const get = () => {
      if (!success) throw reportedAlready;
      return data;
    };
    Object.defineProperty(values, name, { get, enumerable: true });
  }
  // Each feature is given what its own schemas returned.
  return { values: values as never, problems };
}

function judge(rule: () => string | null): string | null {
  try {
    return rule();
  } catch (error) {
    if (error === reportedAlready) return null;
    throw error;
  }
}
