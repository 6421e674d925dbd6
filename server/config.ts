/**
 * Configuration: the environment, validated once at start, in one frozen object.
 *
 * Guarantees: all bad fields are reported together, by name; what is here, and nothing that a request
 * carries, says who we are (RP ID, origins).
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { CredentialPolicies } from './policy/credential-policy.ts';
import type { EvidencePolicy } from './policy/evidence.ts';
import { relatedOriginsProblem } from './policy/related-origins.ts';
import type { UserVerificationPolicy } from './policy/user-verification.ts';

export interface Config {
  readonly production: boolean;
  readonly port: number;
  /** Undefined listens on every interface. */
  readonly host: string | undefined;
  readonly origin: string;
  readonly rpId: string;
  /** RP IDs that the site has moved away from, whose passkeys still sign in. */
  readonly formerRpIds: readonly string[];
  readonly rpName: string;
  /** Every origin whose ceremonies are accepted, our own first. */
  readonly origins: readonly string[];
  /** Those of other sites among them. */
  readonly relatedOrigins: readonly string[];
  /** `file:PATH` or `postgres://…`. */
  readonly databaseUrl: string;
  /** With PostgreSQL, of each process; those that count for the rate limits are beside them. */
  readonly databaseConnections: number;
  /** Where files of our own are kept: beside the SQLite database, else `data`. */
  readonly dataFolder: string;
  /** The current secret first, then older ones that still open what they sealed. Empty: make one. */
  readonly secrets: readonly string[];
  readonly challengeTtlSeconds: number;
  readonly sessionTtlSeconds: number;
  readonly stepUpSeconds: number;
  readonly auditRetentionDays: number;
  readonly userVerification: UserVerificationPolicy;
  readonly evidence: EvidencePolicy;
  readonly credentialPolicies: CredentialPolicies;
  /** Whether a device is told to delete a passkey that is not known here. */
  readonly forgetUnknown: boolean;
  /** For how long "not now" is the answer to the offer of a better passkey. */
  readonly upgradeRemindDays: number;
  /** The header, in small letters, in which a proxy tells the country of a client. */
  readonly countryHeader: string | undefined;
  /** The FIDO metadata BLOB: `file:PATH` or a URL. Undefined: no authenticator model is known. */
  readonly metadata: string | undefined;
  /** A PEM file of roots that may sign it. Undefined: those of the FIDO Alliance's service. */
  readonly metadataRoot: string | undefined;
  /** A PEM file of further roots that attestations may lead to. */
  readonly attestationRoots: string | undefined;
  /** Secure cookies with `__Host-` names: only where the origin is https. */
  readonly secureCookies: boolean;
  readonly rateLimits: boolean;
  /** Processes behind the one port. */
  readonly workers: number;
  /** Whose `X-Forwarded-For` counts: false, how many proxies, or their addresses. */
  readonly trustProxy: false | number | readonly string[];
  readonly logLevel: string;
}

/** Every bad field, each with what is wrong with it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Configuration: ${problems.join('; ')}`);
    this.problems = problems;
  }
}

const requirement = z.enum(['required', 'preferred', 'discouraged']);
const strictness: readonly string[] = ['discouraged', 'preferred', 'required'];

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'expected a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `expected ${least} to ${most}`);

const origin = z.string().refine(isOrigin, 'expected https://host (http only for localhost)');

const itemsOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const list = (item: z.ZodType<string, string>) => z.string().transform(itemsOf).pipe(z.array(item));

const metadataSource = z
  .string()
  .refine(
    (text) => /^file:./.test(text) || (URL.canParse(text) && isSecureUrl(new URL(text))),
    'expected file:PATH or https://… (http only for localhost)',
  );

const aaguids = z.array(z.uuid().transform((text) => text.toLowerCase()));

/** Policies by name; what a policy does not say it does not ask for. */
const policies = z.record(
  z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a name of small letters'),
  z.strictObject({
    deviceBoundOnly: z.boolean().default(false),
    allow: aaguids.nullable().default(null),
    deny: aaguids.default([]),
    attestation: z.enum(['none', 'direct']).default('none'),
  }),
);

/** A JSON file, read once. */
const credentialPolicies = z.string().transform((path, context) => {
  try {
    const parsed = policies.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.addIssue(`${path.join('.')}: ${message}`);
    }
  } catch (error) {
    context.addIssue(`expected a JSON file: ${(error as Error).message}`);
  }
  return z.NEVER;
});

/** `off`, a number of proxies, or addresses, subnets and express's names for them. */
const trustedProxies = z.string().transform((text, context) => {
  if (text === 'off') return false;
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  const addresses = text.split(',').map((part) => part.trim());
  if (addresses.every(isNetwork)) return addresses;
  context.addIssue('expected off, a number of proxies, or their addresses');
  return z.NEVER;
});

const environment = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: wholeNumber(1, 65_535).default(3000),
  HOST: z.string().optional(),
  ORIGIN: origin.optional(),
  RP_ID: z.string().optional(),
  FORMER_RP_IDS: list(z.string().refine(isDomain, 'expected a domain')).default([]),
  RP_NAME: z.string().min(1).max(64).default('Latchkey'),
  RELATED_ORIGINS: list(origin).default([]),
  DATABASE_URL: z
    .string()
    .regex(/^(file:.|postgres(ql)?:\/\/.)/, 'expected file:PATH or postgres://…')
    .default('file:data/latchkey.db'),
  DATABASE_CONNECTIONS: wholeNumber(1, 1000).default(16),
  SECRET: list(z.string().min(32, 'expected at least 32 characters')).default([]),
  CHALLENGE_TTL_SECONDS: wholeNumber(1, 3600).default(600),
  SESSION_TTL_SECONDS: wholeNumber(60, 34_560_000).default(2_592_000),
  STEP_UP_SECONDS: wholeNumber(1, 86_400).default(300),
  AUDIT_RETENTION_DAYS: wholeNumber(1, 3650).default(365),
  USER_VERIFICATION: requirement.default('required'),
  USER_VERIFICATION_STEP_UP: requirement.default('required'),
  USER_VERIFICATION_MANAGE: requirement.default('required'),
  SIGN_COUNT_REGRESSION: z.enum(['refuse', 'mark', 'step-up']).default('refuse'),
  BACKUP_ELIGIBILITY_GAIN: z.enum(['refuse', 'accept']).default('refuse'),
  CREDENTIAL_POLICIES: credentialPolicies.default({}),
  FORGET_UNKNOWN: z.enum(['on', 'off']).default('on'),
  UPGRADE_REMIND_DAYS: wholeNumber(1, 365).default(14),
  COUNTRY_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header')
    .transform((name) => name.toLowerCase())
    .optional(),
  METADATA: metadataSource.optional(),
  METADATA_ROOT: z.string().optional(),
  ATTESTATION_ROOTS: z.string().optional(),
  RATE_LIMITS: z.enum(['on', 'off']).default('on'),
  WORKERS: wholeNumber(1, 64).default(1),
  TRUST_PROXY: trustedProxies.default(false),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Every variable that is read. */
export const environmentNames: readonly string[] = Object.keys(environment.shape);

type Environment = Readonly<Record<string, string>>;

/** Rules between fields, on the raw text, so that they are reported beside each field's own. */
function contradictions(env: Environment): string[] {
  const found: string[] = [];
  const site = env.ORIGIN ?? defaultOrigin(env.PORT);
  if (isOrigin(site) && !rpIdFits(env.RP_ID ?? new URL(site).hostname, site)) {
    found.push('RP_ID: expected the host of ORIGIN or a domain above it');
  }
  const related = [...new Set([site, ...itemsOf(env.RELATED_ORIGINS ?? '')])];
  const tooMany = related.every(isOrigin) ? relatedOriginsProblem(related) : null;
  if (tooMany !== null) found.push(`RELATED_ORIGINS: ${tooMany}`);
  if (env.NODE_ENV === 'production' && !env.SECRET?.replaceAll(/[\s,]/g, '')) {
    found.push('SECRET: required in production');
  }
  if (/^postgres/.test(env.DATABASE_URL ?? '') && env.SECRET === undefined) {
    found.push('SECRET: required with PostgreSQL, as all nodes share it');
  }
  if (/^file::memory:/.test(env.DATABASE_URL ?? '') && (env.WORKERS ?? '1') !== '1') {
    found.push('WORKERS: a database in memory is that of one process');
  }
  const stepUp = strictness.indexOf(env.USER_VERIFICATION_STEP_UP ?? 'required');
  const manage = strictness.indexOf(env.USER_VERIFICATION_MANAGE ?? 'required');
  // A step-up that asks for less than the calls it opens would be asked for again without end.
  if (stepUp !== -1 && stepUp < manage) {
    found.push('USER_VERIFICATION_STEP_UP: may not be weaker than USER_VERIFICATION_MANAGE');
  }
  return found;
}

function defaultOrigin(port: string | number | undefined): string {
  const site = `http://localhost:${port ?? 3000}`;
  // A browser names no port that goes without saying.
  return URL.canParse(site) ? new URL(site).origin : site;
}

/** @throws {ConfigError} that names every bad field */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable, as compose files write it, means the default; files bring spaces and line ends.
  const given: Environment = Object.fromEntries(
    Object.entries(env)
      .map(([name, value = '']): [string, string] => [name, value.trim()])
      .filter(([, value]) => value !== ''),
  );
  const parsed = environment.safeParse(given);
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => `${String(issue.path[0])}: ${issue.message}`),
    ...contradictions(given),
  ];
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const fields = parsed.data;
  const site = fields.ORIGIN ?? defaultOrigin(fields.PORT);
  const rpId = fields.RP_ID ?? new URL(site).hostname;
  const secure = site.startsWith('https:');
  return Object.freeze({
    production: fields.NODE_ENV === 'production',
    port: fields.PORT,
    host: fields.HOST,
    origin: site,
    rpId,
    formerRpIds: fields.FORMER_RP_IDS.filter((former) => former !== rpId),
    rpName: fields.RP_NAME,
    // Native apps name https://<RP ID> as their origin even when the site lives on a sub-domain.
    origins: [
      ...new Set([site, ...(secure ? [`https://${rpId}`] : []), ...fields.RELATED_ORIGINS]),
    ],
    relatedOrigins: fields.RELATED_ORIGINS,
    databaseUrl: fields.DATABASE_URL,
    databaseConnections: fields.DATABASE_CONNECTIONS,
    dataFolder: dataFolder(fields.DATABASE_URL),
    secrets: fields.SECRET,
    challengeTtlSeconds: fields.CHALLENGE_TTL_SECONDS,
    sessionTtlSeconds: fields.SESSION_TTL_SECONDS,
    stepUpSeconds: fields.STEP_UP_SECONDS,
    auditRetentionDays: fields.AUDIT_RETENTION_DAYS,
    userVerification: Object.freeze({
      'sign-in': fields.USER_VERIFICATION,
      'step-up': fields.USER_VERIFICATION_STEP_UP,
      manage: fields.USER_VERIFICATION_MANAGE,
      // Verified and unverified uses of one passkey have different PRF outputs: never leave it open.
      vault: 'required',
    }),
    evidence: Object.freeze({
      signCountRegression: fields.SIGN_COUNT_REGRESSION,
      backupEligibilityGain: fields.BACKUP_ELIGIBILITY_GAIN,
    }),
    credentialPolicies: fields.CREDENTIAL_POLICIES,
    forgetUnknown: fields.FORGET_UNKNOWN === 'on',
    upgradeRemindDays: fields.UPGRADE_REMIND_DAYS,
    countryHeader: fields.COUNTRY_HEADER,
    metadata: fields.METADATA,
    metadataRoot: fields.METADATA_ROOT,
    attestationRoots: fields.ATTESTATION_ROOTS,
    secureCookies: secure,
    rateLimits: fields.RATE_LIMITS === 'on',
    workers: fields.WORKERS,
    trustProxy: fields.TRUST_PROXY,
    logLevel: fields.LOG_LEVEL,
  });
}

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  const fits =
    bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
  return family !== 0 && fits && rest.length === 0;
}

function dataFolder(databaseUrl: string): string {
  const path = /^file:(?!:memory:)(.+)$/.exec(databaseUrl)?.[1];
  return path === undefined ? 'data' : dirname(path);
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

/** Whether nobody on the way can change what is sent: https, or http that never leaves the machine. */
export function isSecureUrl({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && isLocal(hostname));
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return isSecureUrl(url) && url.origin === text;
}

function isDomain(text: string): boolean {
  return URL.canParse(`https://${text}`) && new URL(`https://${text}`).hostname === text;
}

/** WebAuthn L3 §5.1.3 step 8: the RP ID is the host of the origin or a registrable suffix of it. */
function rpIdFits(rpId: string, site: string): boolean {
  if (!URL.canParse(site) || rpId !== rpId.toLowerCase()) return false;
  const { hostname } = new URL(site);
  if (/^[\d.]+$|^\[/.test(hostname)) return false;
  return rpId === hostname || (rpId.includes('.') && hostname.endsWith(`.${rpId}`));
}
