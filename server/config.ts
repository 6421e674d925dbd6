/**
 * Configuration: the environment, validated once at start, in one frozen object. Each feature has its
 * variables in a file of `settings/`; a new one is added to the list below.
 *
 * Guarantees: all bad variables are reported together, by name; what is here, and nothing that a request
 * carries, says who we are (RP ID, origins).
 */

import { apple } from './settings/apple.ts';
import { apps } from './settings/apps.ts';
import { attestation } from './settings/attestation.ts';
import { branding } from './settings/branding.ts';
import { ceremonies } from './settings/ceremonies.ts';
import { compose, type SettingsOf } from './settings/feature.ts';
import { forwardAuth } from './settings/forward-auth.ts';
import { mail } from './settings/mail.ts';
import { misspelt } from './settings/misspelt.ts';
import { oidc } from './settings/oidc.ts';
import { passkeys } from './settings/passkeys.ts';
import { recovery } from './settings/recovery.ts';
import { serving } from './settings/serving.ts';
import { site } from './settings/site.ts';
import { storage } from './settings/storage.ts';
import { vault } from './settings/vault.ts';

const features = [
  serving,
  site,
  branding,
  apps,
  apple,
  storage,
  ceremonies,
  passkeys,
  attestation,
  oidc,
  forwardAuth,
  vault,
  mail,
  recovery,
] as const;

export type Config = Readonly<SettingsOf<typeof features>>;

/** Every variable that is read. */
export const environmentNames: readonly string[] = features.flatMap(({ fields }) =>
  Object.keys(fields),
);

/** Everything that is wrong with the environment, as `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Configuration: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

/** @throws {ConfigError} that names every bad variable */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const composed = compose(features, withoutEmpty(env));
  if ('problems' in composed) throw new ConfigError(composed.problems);
  return Object.freeze(composed.settings);
}

/** A sentence for each variable that is not read though it was probably meant to be. */
export function misspeltVariables(env: Readonly<Record<string, unknown>>): readonly string[] {
  return misspelt(Object.keys(env), environmentNames);
}

/** An empty variable, as compose files write it, means the default; files bring spaces and line ends. */
function withoutEmpty(env: Readonly<Record<string, string | undefined>>) {
  const trimmed = Object.entries(env).map(([name, value = '']) => [name, value.trim()] as const);
  return Object.fromEntries(trimmed.filter(([, value]) => value !== ''));
}
