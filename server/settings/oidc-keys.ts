/** What may stand in `OIDC_KEYS`. */
import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';

/** A private key (RFC 7517), as it is written. */
export type Jwk = Readonly<Record<string, unknown>> & {
  readonly kty: string;
  readonly kid: string;
};

const key = z
  .looseObject({ kty: z.enum(['EC', 'RSA', 'OKP']), kid: z.string().min(1) })
  .superRefine((jwk, context) => {
    const problem = keyProblem(jwk);
    if (problem !== null) context.addIssue(problem);
  });

/** The first key that can sign does. */
export const keySet = z
  .looseObject({ keys: z.array(key).min(1, 'expected at least one key') })
  .superRefine(({ keys }, context) => {
    const ids = keys.map(({ kid }) => kid);
    if (new Set(ids).size < ids.length) context.addIssue('a kid stands twice');
  })
  .transform(({ keys }): readonly Jwk[] => keys);

function keyProblem(jwk: { readonly [member: string]: unknown }): string | null {
  if (jwk.d === undefined) return 'expected a private key';
  if (jwk.use !== undefined && jwk.use !== 'sig') return 'use: expected sig';
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey({
      key: jwk as { kty: string },
      format: 'jwk',
    });
    const { modulusLength = Infinity, namedCurve } = asymmetricKeyDetails ?? {};
    if (modulusLength < 2048) return 'expected at least 2048 bits';
    const fits =
      asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ed25519' || namedCurve === 'prime256v1';
    return fits ? null : 'expected RSA, P-256 or Ed25519';
  } catch {
    // What the parser says may quote the key.
    return 'expected a private key in JWK';
  }
}
