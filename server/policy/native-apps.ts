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

const bundleId = /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

/**
 * What is wrong with `PREFIX.bundle.id`, or null. The prefix is a team's ID or, for old apps, one of the app's
 * own.
 */
export function appleAppIdProblem(text: string): string | null {
  const [prefix = '', ...rest] = text.split('.');
  if (!/^[A-Z0-9]{10}$/.test(prefix)) {
    return `${text}: expected PREFIX.bundle.id, with a prefix of ten capitals and digits`;
  }
  if (bundleId.test(rest.join('.')) && text.length <= 166) return null;
  return `${text}: expected letters, digits, hyphens and dots behind the prefix`;
}

const packageForm = /^[A-Za-z]\w*(\.[A-Za-z]\w*)+$/;
const fingerprintForm = /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/;
const shorterFingerprint = /^[0-9A-F]{2}(:[0-9A-F]{2}){15,30}$/;

/** What is wrong with `package@AA:BB:…`, or null. */
export function androidAppProblem(text: string): string | null {
  const { packageName, fingerprint } = parseAndroidApp(text);
  if (!packageForm.test(packageName)) {
    return `${text}: expected package@AA:BB:…, with a package such as com.example.app`;
  }
  return fingerprintProblem(fingerprint, packageName);
}

/** What is wrong with the fingerprint of a certificate, or null. */
export function fingerprintProblem(fingerprint: string, of: string): string | null {
  if (fingerprintForm.test(fingerprint)) return null;
  const expected =
    'the SHA-256 fingerprint of the certificate that signs the app, 32 bytes AA:BB:…';
  const short = shorterFingerprint.test(fingerprint) ? ' (this one is of another hash)' : '';
  return `${of}: expected ${expected}${short}`;
}

/** Reads `package@AA:BB:…`. */
export function parseAndroidApp(text: string): AndroidApp {
  const [packageName = '', ...rest] = text.split('@');
  return { packageName, fingerprint: rest.join('@').toUpperCase() };
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
