type Capability = 'conditionalCreate' | 'immediateGet' | 'relatedOrigins';

/** Whether the browser says that it can (WebAuthn L3 §5.1.7); undefined if it says nothing. */
export async function capability(name: Capability): Promise<boolean | undefined> {
  try {
    return (await PublicKeyCredential.getClientCapabilities?.())?.[name];
  } catch {
    return undefined;
  }
}
