/**
 * What browsers, password managers and app stores look up at fixed addresses of a domain to learn what
 * belongs together with it.
 *
 * Guarantees: the documents come from configuration alone. The domain that is asked may be the RP ID, the
 * site, or one that the site has moved away from: the answer is the same.
 */
import type { Config } from '../config.ts';
import type { AndroidApp } from '../policy/native-apps.ts';

/** WebAuthn L3 §5.11.1: the origins that may use passkeys of this domain; null where only its own may. */
export function relatedOrigins({
  origin,
  relatedOrigins: related,
  formerRpIds,
}: Pick<Config, 'origin' | 'relatedOrigins' | 'formerRpIds'>) {
  if (related.length === 0 && formerRpIds.length === 0) return null;
  return { origins: [...new Set([origin, ...related])] };
}

/** Passkey Endpoints §3: where password managers send a person to add passkeys or to look after them. */
export function passkeyEndpoints({ origin, vault }: Pick<Config, 'origin' | 'vault'>) {
  const account = `${origin}/account`;
  // What a passkey does beside signing in, so that nobody deletes one that encrypts something.
  const uses = vault ? { prfUsageDetails: `${origin}/vault` } : {};
  return { enroll: account, manage: account, ...uses };
}

/** The `apple-app-site-association` file: which apps use our passkeys, and what the operator adds; null if nothing. */
export function appleAssociation({
  appleAppIds,
  appleAssociation: more,
}: Pick<Config, 'appleAppIds' | 'appleAssociation'>) {
  const apps = [...new Set(appleAppIds)];
  const ours = apps.length === 0 ? {} : { webcredentials: { apps } };
  const document: Readonly<Record<string, unknown>> = { ...more, ...ours };
  return Object.keys(document).length === 0 ? null : document;
}

const relation = [
  'delegate_permission/common.get_login_creds',
  'delegate_permission/common.handle_all_urls',
];

/** Digital Asset Links: a statement for each Android app, then those that the operator adds; null if none. */
export function assetLinks({
  androidApps,
  assetLinks: more,
}: Pick<Config, 'androidApps' | 'assetLinks'>) {
  const packages = Map.groupBy(androidApps, ({ packageName }) => packageName);
  const ours = [...packages].map(([name, apps]) => ({ relation, target: targetOf(name, apps) }));
  return ours.length + more.length === 0 ? null : [...ours, ...more];
}

function targetOf(packageName: string, apps: readonly AndroidApp[]) {
  return {
    namespace: 'android_app' as const,
    package_name: packageName,
    sha256_cert_fingerprints: [...new Set(apps.map(({ fingerprint }) => fingerprint))],
  };
}
