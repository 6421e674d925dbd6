import { z } from 'zod';

export const relatedOriginsDocument = z
  .object({ origins: z.array(z.string()) })
  .meta({ id: 'RelatedOrigins', examples: [{ origins: ['https://example.com'] }] });

export const passkeyEndpointsDocument = z
  .object({ enroll: z.url(), manage: z.url(), prfUsageDetails: z.url().optional() })
  .meta({
    id: 'PasskeyEndpoints',
    examples: [{ enroll: 'https://example.com/account', manage: 'https://example.com/account' }],
  });

const appList = z.object({ apps: z.array(z.string()) });
/** Of the operator, as it is. */
const anything = z.unknown();

export const appleAssociationDocument = z
  .object({
    webcredentials: appList.optional(),
    applinks: anything.optional(),
    appclips: anything.optional(),
    activitycontinuation: anything.optional(),
  })
  .meta({
    id: 'AppleAssociation',
    examples: [{ webcredentials: { apps: ['A1B2C3D4E5.com.example.app'] } }],
  });

export const assetLinksDocument = z
  .array(
    z.object({
      relation: z.array(z.string()),
      target: z.union([
        z.object({
          namespace: z.literal('android_app'),
          package_name: z.string(),
          sha256_cert_fingerprints: z.array(z.string()),
        }),
        z.object({ namespace: z.literal('web'), site: z.string() }),
      ]),
    }),
  )
  .meta({
    id: 'AssetLinks',
    examples: [
      [
        {
          relation: ['delegate_permission/common.get_login_creds'],
          target: {
            namespace: 'android_app',
            package_name: 'com.example.app',
            sha256_cert_fingerprints: [`${'AB:'.repeat(31)}AB`],
          },
        },
      ],
    ],
  });
