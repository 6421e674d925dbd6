import { z } from 'zod';
import {
  type AndroidApp,
  type AppOrigins,
  appOrigins,
  isAppleAppId,
  parseAndroidApp,
} from '../policy/native-apps.ts';
import { feature } from './feature.ts';
import { list } from './fields.ts';
import { serving } from './serving.ts';
import { rpIdFrom, site } from './site.ts';

/** The native apps that use our passkeys. */
interface Apps {
  /** `PREFIX.bundle.id` of those on Apple's systems. */
  readonly appleAppIds: readonly string[];
  /** Those on Android; an app with several certificates is here several times. */
  readonly androidApps: readonly AndroidApp[];
  readonly appOrigins: AppOrigins;
}

const appleAppId = z
  .string()
  .refine(isAppleAppId, 'expected PREFIX.bundle.id, with a prefix of ten capitals and digits');

const androidApp = z
  .string()
  .refine(
    (text) => parseAndroidApp(text) !== null,
    'expected package@AA:BB:…, with the SHA-256 fingerprint of the certificate that signs the app',
  );

export const apps = feature({
  fields: {
    APPLE_APP_IDS: list(appleAppId),
    ANDROID_APPS: list(androidApp),
  },
  reads: {
    PORT: serving.fields.PORT,
    ORIGIN: site.fields.ORIGIN,
    RP_ID: site.fields.RP_ID,
  },
  settings: (values): Apps => {
    const androidApps = values.ANDROID_APPS.flatMap((text) => parseAndroidApp(text) ?? []);
    return {
      appleAppIds: values.APPLE_APP_IDS,
      androidApps,
      appOrigins: appOrigins(rpIdFrom(values), values.APPLE_APP_IDS, androidApps),
    };
  },
});
