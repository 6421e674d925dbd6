/**
 * Six batches of early YubiKeys carry an attestation certificate with a flaw: the bit string of its signature
 * claims some unused bits. The certificate is genuine, but no strict reader verifies it. The maker's own servers
 * (java-webauthn-server, php-u2flib-server) mend the one byte, and so do we: it is no part of what was signed.
 */
import { hash } from 'node:crypto';

/** SHA-256 of the flawed certificates. */
const flawed = new Set([
  '349bca1031f8c82c4ceca38b9cebf1a69df9fb3b94eed99eb3fb9aa3822d26e8',
  // CN=Yubico U2F EE Serial 13831167861
  'dd574527df608e47ae45fbba75a2afdd5c20fd94a02419381813cd55a2a3398f',
  '1d8764f0f7cd1352df6150045c8f638e517270e8b5dda1c63ade9c2280240cae',
  'd0edc9a91a1677435a953390865d208c55b3183c6759c9b5a7ff494c322558eb',
  '6073c436dcd064a48127ddbf6032ac1a66fd59a0c24434f070d4e564c124c897',
  'ca993121846c464d666096d35f13bf44c1b05af205f9b4a1e00cf6cc10c5e511',
]);

/** Their signatures are by RSA with 2048 bits, at the end and behind the byte that counts unused bits. */
const signatureLength = 256;

/** @param der a certificate; one without the flaw is given back as it is */
export function repairCertificate(der: Uint8Array): Uint8Array {
  if (!flawed.has(hash('sha256', der))) return der;
  return Uint8Array.from(der).with(der.length - signatureLength - 1, 0);
}
