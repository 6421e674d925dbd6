import { redirectUriProblem } from '../policy/redirect-uri.ts';
import type { OidcClient, OidcResource } from '../records/oidc-client.ts';
import { feature } from './feature.ts';
import { onOff } from './fields.ts';
import { jsonFile } from './json-file.ts';
import { clientsSchema, resourcesSchema } from './oidc-client.ts';
import { type Jwk, keySet } from './oidc-keys.ts';
import { serving } from './serving.ts';
import { site } from './site.ts';
import { storage } from './storage.ts';

interface Oidc {
  /** Sign-in for apps. */
  readonly oidc: {
    /** Whether there is anything to sign in to; if not, there is no trace of it. */
    readonly isOn: boolean;
    readonly clients: readonly OidcClient[];
    readonly resources: readonly OidcResource[];
    /** The signing keys, the one in use first. Empty: make them. */
    readonly keys: readonly Jwk[];
    /** Whether an app may come that is not configured, but describes itself at the URL which is its ID. */
    readonly selfDescribedClients: boolean;
  };
}

const named = (element: unknown): string | undefined => {
  const { client_id: id } = (element ?? {}) as { client_id?: unknown };
  return typeof id === 'string' ? id : undefined;
};

/** What is for a machine on which everything is developed, and for no other. */
function plainHttpMistakes(client: OidcClient): string[] {
  const {
    application_type: type,
    redirect_uris: there,
    post_logout_redirect_uris: back = [],
  } = client;
  const local = [...there, ...back].filter((uri) => redirectUriProblem(uri, type) !== null);
  return local.map((uri) => `${client.client_id}: ${uri} is for an ORIGIN on localhost only`);
}

function resourceMistakes(client: OidcClient, known: readonly OidcResource[]): string[] {
  const { client_id: id, default_resource: wanted } = client;
  const isKnown = wanted === undefined || known.some(({ resource }) => resource === wanted);
  return isKnown ? [] : [`${id}: default_resource is not one of OIDC_RESOURCES`];
}

const together = (mistakes: readonly string[]) =>
  mistakes.length === 0 ? null : `OIDC_CLIENTS: ${mistakes.join('; ')}`;

function isOn(values: {
  readonly OIDC_CLIENTS: readonly OidcClient[];
  readonly OIDC_SELF_DESCRIBED_CLIENTS: boolean;
}): boolean {
  return values.OIDC_CLIENTS.length > 0 || values.OIDC_SELF_DESCRIBED_CLIENTS;
}

export const oidc = feature({
  fields: {
    OIDC_CLIENTS: jsonFile(clientsSchema, named).default([]),
    OIDC_RESOURCES: jsonFile(resourcesSchema).default([]),
    OIDC_KEYS: jsonFile(keySet).default([]),
    OIDC_SELF_DESCRIBED_CLIENTS: onOff('off'),
  },
  reads: {
    ORIGIN: site.fields.ORIGIN,
    NODE_ENV: serving.fields.NODE_ENV,
    DATABASE_URL: storage.fields.DATABASE_URL,
  },
  rules: [
    ({ OIDC_CLIENTS, ORIGIN }) =>
      ORIGIN?.startsWith('https:') ? together(OIDC_CLIENTS.flatMap(plainHttpMistakes)) : null,
    ({ OIDC_CLIENTS, OIDC_RESOURCES }) =>
      together(OIDC_CLIENTS.flatMap((client) => resourceMistakes(client, OIDC_RESOURCES))),
    ({ OIDC_KEYS, NODE_ENV, DATABASE_URL, ...values }) => {
      if (!isOn(values) || OIDC_KEYS.length > 0) return null;
      if (NODE_ENV === 'production') return 'OIDC_KEYS: required in production with OIDC_CLIENTS';
      return DATABASE_URL.kind === 'postgres'
        ? 'OIDC_KEYS: required with PostgreSQL, because all nodes share them'
        : null;
    },
  ],
  settings: (values): Oidc => ({
    oidc: Object.freeze({
      isOn: isOn(values),
      clients: values.OIDC_CLIENTS,
      resources: values.OIDC_RESOURCES,
      keys: values.OIDC_KEYS,
      selfDescribedClients: values.OIDC_SELF_DESCRIBED_CLIENTS,
    }),
  }),
});
