import catalogue from './aaguid.json' with { type: 'json' };

/** Who made a passkey, by its AAGUID. A claim, not a proof: without attestation anyone may say so. */
export interface Provider {
  readonly name: string;
  /** `data:` URLs of its picture on a light and on a dark ground. */
  readonly iconLight: string | null;
  readonly iconDark: string | null;
}

const entries: Readonly<
  Record<string, { name: string; icon_light?: string | null; icon_dark?: string | null }>
> = catalogue;

/** The provider of an AAGUID, or null where it is zero or not in the catalogue. */
export function findProvider(aaguid: string): Provider | null {
  const entry = Object.hasOwn(entries, aaguid) ? entries[aaguid] : undefined;
  if (entry === undefined) return null;
  return {
    name: entry.name,
    iconLight: entry.icon_light ?? entry.icon_dark ?? null,
    iconDark: entry.icon_dark ?? entry.icon_light ?? null,
  };
}

/** What a passkey is called until its owner says otherwise. */
export function defaultPasskeyName(aaguid: string, transports: readonly string[]): string {
  const provider = findProvider(aaguid);
  if (provider !== null) return provider.name;
  const portable = transports.some((transport) => ['usb', 'nfc', 'ble'].includes(transport));
  return portable && !transports.includes('internal') ? 'Security key' : 'Passkey';
}
