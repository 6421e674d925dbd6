import { z } from 'zod';
import { rpIdProblem } from '../policy/origin.ts';
import { relatedOriginsProblem } from '../policy/related-origins.ts';
import { feature } from './feature.ts';
import { domain, list, origin } from './fields.ts';
import { serving } from './serving.ts';

/** Who we are: nothing that a request carries decides that. */
interface Site {
  readonly origin: string;
  readonly rpId: string;
  readonly rpName: string;
  /** Every origin of pages whose ceremonies are accepted, our own first. */
  readonly origins: readonly string[];
  /** Those of other sites among them. */
  readonly relatedOrigins: readonly string[];
  /** RP IDs that the site has moved away from, whose passkeys still sign in. */
  readonly formerRpIds: readonly string[];
  /** Secure cookies with `__Host-` names: only if the origin is https. */
  readonly secureCookies: boolean;
  /** What browsers are told to remember (RFC 6797): nothing, https for this host, or below it too. */
  readonly hsts: 'off' | 'on' | 'subdomains';
}

interface Named {
  readonly PORT: number;
  readonly ORIGIN: string | undefined;
  readonly RP_ID: string | undefined;
}

/** A browser leaves the port out that the scheme has anyway. */
export const originFrom = (named: Omit<Named, 'RP_ID'>) =>
  named.ORIGIN ?? new URL(`http://localhost:${named.PORT}`).origin;

export const rpIdFrom = (named: Named) => named.RP_ID ?? new URL(originFrom(named)).hostname;

export const site = feature({
  fields: {
    ORIGIN: origin.optional(),
    RP_ID: z.string().optional(),
    RP_NAME: z.string().min(1).max(64).default('Latchkey'),
    RELATED_ORIGINS: list(origin),
    FORMER_RP_IDS: list(domain),
    HSTS: z.enum(['off', 'on', 'subdomains']).default('on'),
  },
  reads: { PORT: serving.fields.PORT },
  rules: [
    (values) => {
      const problem = rpIdProblem(rpIdFrom(values), originFrom(values));
      return problem && `${values.RP_ID === undefined ? 'ORIGIN' : 'RP_ID'}: ${problem}`;
    },
    (values) => {
      const origins = new Set([originFrom(values), ...values.RELATED_ORIGINS]);
      const problem = relatedOriginsProblem([...origins]);
      return problem && `RELATED_ORIGINS: ${problem}`;
    },
  ],
  settings: (values): Site => {
    const [origin, rpId] = [originFrom(values), rpIdFrom(values)];
    const secureCookies = origin.startsWith('https:');
    return {
      origin,
      rpId,
      rpName: values.RP_NAME,
      origins: [...new Set([origin, ...values.RELATED_ORIGINS])],
      relatedOrigins: values.RELATED_ORIGINS,
      formerRpIds: values.FORMER_RP_IDS.filter((former) => former !== rpId),
      secureCookies,
      // Browsers ignore it over http, and other servers on localhost are none of our business.
      hsts: secureCookies ? values.HSTS : 'off',
    };
  },
});
