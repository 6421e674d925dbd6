export interface Session {
  readonly id: string;
  readonly userId: string;
  readonly createdAt: number;
  readonly authenticatedAt: number;
  readonly expiresAt: number;
  readonly userVerified: boolean;
  readonly method: 'passkey';
  /** The credential that opened it; null once that credential is gone. */
  readonly credentialId: string | null;
  readonly userAgent: string | null;
  /** ISO 3166-1 alpha-2, where a trusted proxy told it. */
  readonly country: string | null;
}

export interface NewSession extends Session {
  /** The key it is found by; those of sessions that are opened together are side by side. */
  readonly tokenHash: string;
}
