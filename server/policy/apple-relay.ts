/** Apple's relay forwards mail to people who hide their address, from senders that are registered alone. */
export function isAppleRelay(address: string): boolean {
  return address.toLowerCase().endsWith('@privaterelay.appleid.com');
}
