/**
 * The apps whose ceremonies are accepted, and the origins that their systems write into client data. Who made
 * such client data can be told for Android alone: no page has an origin of that form.
 */

export interface AndroidApp {
  readonly packageName: string;
  /** SHA-256 of the certificate that signs it: 32 bytes in hex, in capitals, with colons. */
  readonly fingerprint: string;
}

export interface AppOrigins {
  /** Accepted only of client data that says nothing of `crossOrigin`, as Apple's systems make it. */
  readonly apple: readonly string[];
  readonly android: readonly string[];
}

/** `PREFIX.bundle.id`: the prefix is a team's ID or, for old apps, one of the app's own. */
export const isAppleAppId = (text: string): boolean =>
  /^[A-Z0-9]{10}\.[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(text) && text.length <= 166;

const androidApp =
  /^(?<packageName>[A-Za-z]\w*(\.[A-Za-z]\w*)+)@(?<fingerprint>[0-9A-F]{2}(:[0-9A-F]{2}){31})$/i;

/** Reads `package@AA:BB:…`; null if it is not of that form. */
export function parseAndroidApp(text: string): AndroidApp | null {
  const { packageName = '', fingerprint = '' } = androidApp.exec(text)?.groups ?? {};
  return packageName === '' ? null : { packageName, fingerprint: fingerprint.toUpperCase() };
}

/**
 * What apps write as their origin: on Apple's systems `https://` and the RP ID, wherever the site itself
 * lives; on Android the hash of the certificate that signs the app.
 */
export function appOrigins(
  rpId: string,
  appleAppIds: readonly string[],
  androidApps: readonly AndroidApp[],
): AppOrigins {
  return {
    apple: appleAppIds.length > 0 ? [`https://${rpId}`] : [],
    android: [...new Set(androidApps.map(androidOrigin))],
  };
}

function androidOrigin({ fingerprint }: AndroidApp): string {
  const hash = Buffer.from(fingerprint.replaceAll(':', ''), 'hex');
  return `android:apk-key-hash:${hash.toString('base64url')}`;
}
