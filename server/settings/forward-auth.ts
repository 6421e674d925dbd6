import { feature } from './feature.ts';
import { list, origin } from './fields.ts';
import { serving } from './serving.ts';

interface ForwardAuth {
  /** The sites behind a proxy that asks us whom it may let in. */
  readonly forwardAuthOrigins: readonly string[];
}

export const forwardAuth = feature({
  fields: { FORWARD_AUTH_ORIGINS: list(origin) },
  reads: { TRUST_PROXY: serving.fields.TRUST_PROXY },
  rules: [
    ({ FORWARD_AUTH_ORIGINS, TRUST_PROXY }) =>
      FORWARD_AUTH_ORIGINS.length > 0 && TRUST_PROXY === false
        ? 'FORWARD_AUTH_ORIGINS: needs TRUST_PROXY, because only a trusted proxy can say what it was asked for'
        : null,
  ],
  settings: (values): ForwardAuth => ({
    forwardAuthOrigins: [...new Set(values.FORWARD_AUTH_ORIGINS)],
  }),
});
