/**
 * The files in which an operator writes what else a domain has to say of apps. They are checked as far as a
 * mistake would go unnoticed, because the systems that read them tell nobody.
 */
import { z } from 'zod';
import { appleAppIdProblem, fingerprintProblem } from '../policy/native-apps.ts';
import { isOrigin } from '../policy/origin.ts';

const appId = z.string().superRefine((text, context) => {
  const problem = appleAppIdProblem(text);
  if (problem !== null) context.addIssue(problem);
});

const appList = z.looseObject({ apps: z.array(appId) });

const detail = z
  .looseObject({ appID: appId.optional(), appIDs: z.array(appId).optional() })
  .refine(({ appID, appIDs }) => appID !== undefined || appIDs?.length, 'expected appIDs');

/** Members of the `apple-app-site-association` file, but the one that we write. */
export const appleAssociation = z
  .strictObject(
    {
      applinks: z.looseObject({ details: z.array(detail) }).optional(),
      appclips: appList.optional(),
      activitycontinuation: appList.optional(),
    },
    {
      error: ({ code, keys }) => {
        if (code !== 'unrecognized_keys') return undefined;
        const isOurs = keys?.includes('webcredentials');
        return isOurs
          ? 'webcredentials is written from APPLE_APP_IDS'
          : `${keys?.join(', ')}: expected applinks, appclips or activitycontinuation`;
      },
    },
  )
  .transform((members): Readonly<Record<string, unknown>> => members);

const getLoginCreds = 'delegate_permission/common.get_login_creds';

const target = z.discriminatedUnion('namespace', [
  z.strictObject({
    namespace: z.literal('web'),
    site: z.string().refine(isOrigin, 'expected an origin such as https://example.com'),
  }),
  z.strictObject({
    namespace: z.literal('android_app'),
    package_name: z.string().min(1),
    sha256_cert_fingerprints: z.array(z.string()).min(1),
  }),
]);

const statement = z
  .strictObject({
    relation: z
      .array(z.string().regex(/^[a-z0-9_.]+\/[a-z0-9_.]+$/, 'expected kind/detail'))
      .min(1),
    target,
  })
  .superRefine(({ relation, target: to }, context) => {
    if (to.namespace === 'web') return;
    for (const fingerprint of to.sha256_cert_fingerprints) {
      const problem = fingerprintProblem(fingerprint, to.package_name);
      if (problem !== null) context.addIssue(problem);
    }
    // Who may use passkeys is said in one place, from which their origins follow.
    if (relation.includes(getLoginCreds)) {
      context.addIssue(`${to.package_name}: get_login_creds of apps is written from ANDROID_APPS`);
    }
  });

/** Further statements for `assetlinks.json` (Digital Asset Links §2). */
export const assetLinks = z.array(statement);

export type AssetLink = Readonly<z.output<typeof statement>>;
