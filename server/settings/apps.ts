import { z } from 'zod';
import {
  type AndroidApp,
  type AppOrigins,
  androidAppProblem,
  appleAppIdProblem,
  appOrigins,
  parseAndroidApp,
} from '../policy/native-apps.ts';
import { type AssetLink, appleAssociation, assetLinks } from './association.ts';
import { feature } from './feature.ts';
import { list } from './fields.ts';
import { jsonFile } from './json-file.ts';
import { serving } from './serving.ts';
import { rpIdFrom, site } from './site.ts';

/** The native apps that use our passkeys. */
interface Apps {
  /** `PREFIX.bundle.id` of those on Apple's systems. */
  readonly appleAppIds: readonly string[];
  /** Those on Android; an app with several certificates is here several times. */
  readonly androidApps: readonly AndroidApp[];
  readonly appOrigins: AppOrigins;
  /** What else Apple's systems read about this domain, such as `applinks`. */
  readonly appleAssociation: Readonly<Record<string, unknown>>;
  /** What else Google's systems read about it. */
  readonly assetLinks: readonly AssetLink[];
}

/** An item that is named if it is bad. */
const item = (problemOf: (text: string) => string | null) =>
  z.string().superRefine((text, context) => {
    const problem = problemOf(text);
    if (problem !== null) context.addIssue(problem);
  });

export const apps = feature({
  fields: {
    APPLE_APP_IDS: list(item(appleAppIdProblem)),
    ANDROID_APPS: list(item(androidAppProblem)),
    APPLE_ASSOCIATION: jsonFile(appleAssociation).default({}),
    ANDROID_ASSET_LINKS: jsonFile(assetLinks).default([]),
  },
  reads: {
    PORT: serving.fields.PORT,
    ORIGIN: site.fields.ORIGIN,
    RP_ID: site.fields.RP_ID,
  },
  settings: (values): Apps => {
    const androidApps = values.ANDROID_APPS.map(parseAndroidApp);
    return {
      appleAppIds: values.APPLE_APP_IDS,
      androidApps,
      appleAssociation: values.APPLE_ASSOCIATION,
      assetLinks: values.ANDROID_ASSET_LINKS,
      appOrigins: appOrigins(rpIdFrom(values), values.APPLE_APP_IDS, androidApps),
    };
  },
});
