import { isIP } from 'node:net';
import { z } from 'zod';
import { feature } from './feature.ts';
import { onOff, wholeNumber } from './fields.ts';

/** How the server runs, and what it believes of what stands before it. */
interface Serving {
  readonly production: boolean;
  readonly port: number;
  /** Undefined listens on every interface. */
  readonly host: string | undefined;
  /** Processes behind the one port. */
  readonly workers: number;
  readonly rateLimits: boolean;
  /** Whose `X-Forwarded-For` counts: false, how many proxies, or their addresses. */
  readonly trustProxy: false | number | readonly string[];
  /** The header, in small letters, in which a proxy tells the country of a client. */
  readonly countryHeader: string | undefined;
  readonly logLevel: string;
}

/** `off`, a number of proxies, or addresses, subnets and express's names for them. */
const trustedProxies = z.string().transform((text, context) => {
  if (text === 'off') return false;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  const addresses = text.split(',').map((part) => part.trim());
  if (addresses.every(isNetwork)) return addresses;
  context.addIssue('expected off, a number of proxies, or their addresses');
  return z.NEVER;
});

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const fits =
    bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  return family !== 0 && fits && rest.length === 0;
}

export const serving = feature({
  fields: {
    NODE_ENV: z.string().default('development'),
    PORT: wholeNumber(1, 65_535).default(3000),
    HOST: z.string().optional(),
    WORKERS: wholeNumber(1, 64).default(1),
    RATE_LIMITS: onOff('on'),
    TRUST_PROXY: trustedProxies.default(false),
    COUNTRY_HEADER: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header')
      .transform((name) => name.toLowerCase())
      .optional(),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
      .default('info'),
  },
  settings: (values): Serving => ({
    production: values.NODE_ENV === 'production',
    port: values.PORT,
    host: values.HOST,
    workers: values.WORKERS,
    rateLimits: values.RATE_LIMITS,
    trustProxy: values.TRUST_PROXY,
    countryHeader: values.COUNTRY_HEADER,
    logLevel: values.LOG_LEVEL,
  }),
});
