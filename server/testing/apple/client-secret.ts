import { verify } from 'node:crypto';
import { appleIssuer } from '../../apple/client-secret.ts';
import type { Client, World } from './world.ts';

const mostSeconds = 15_777_000;
/** As much as clocks may differ. */
const skewSeconds = 300;

/** @returns the team that signed, or what is wrong: Apple says no more than `invalid_client` */
export function judgeSecret(
  world: World,
  client: Client,
  secret: string,
): { readonly teamId: string } | { readonly wrong: string } {
  const [head = '', body = '', signature = '', ...more] = secret.split('.');
  const header = parse(head);
  const claims = parse(body);
  if (header === null || claims === null || more.length > 0) return { wrong: 'not a JWT' };
  if (header.alg !== 'ES256') return { wrong: 'not ES256' };
  const team = world.teams.get(String(claims.iss));
  const key = team?.keys.get(String(header.kid));
  if (team === undefined || key === undefined) return { wrong: 'unknown team or key' };
  const bytes = Buffer.from(signature, 'base64url');
  if (bytes.length !== 64) return { wrong: 'the signature is not R and S' };
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, bytes)) {
    return { wrong: 'the signature is wrong' };
  }
  const seconds = world.now() / 1000;
  const { iat, exp } = claims;
  if (typeof iat !== 'number' || typeof exp !== 'number') return { wrong: 'iat or exp is missing' };
  if (exp <= seconds) return { wrong: 'the secret has expired' };
  if (iat > seconds + skewSeconds) return { wrong: 'the secret is of the future' };
  if (exp - seconds > mostSeconds) return { wrong: 'the secret lives for more than six months' };
  if (claims.aud !== appleIssuer) return { wrong: 'the audience is not Apple' };
  if (claims.sub !== client.id) return { wrong: 'the subject is another client' };
  if (!mayActFor(world, team.id, client)) return { wrong: 'the client is another team’s' };
  return { teamId: team.id };
}

/** The client's own team, and the one that it came from while a transfer lasts. */
function mayActFor({ transfers }: World, teamId: string, client: Client): boolean {
  if (client.teamId === teamId) return true;
  return transfers.some(({ from, to }) => from === teamId && to === client.teamId);
}

function parse(part: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
