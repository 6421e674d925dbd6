/**
 * How far nonces were purged, hour by hour of their expiry: a challenge that expires in one of these hours,
 * no later than a nonce that was purged there, may have been spent, and is refused should the clock be set
 * back. By the hour, as a clock that was a year ahead for a while must not keep everybody out for a year.
 */
const hourMs = 60 * 60 * 1000;

/**
 * A nonce outlives its challenge by this much, so that a ceremony that was in flight while it expired,
 * or a clock that was set back a little, does not find its nonce forgotten.
 */
export const nonceGraceMs = hourMs;

export const horizonHour = (expiresAt: number): number => Math.floor(expiresAt / hourMs);

/** When the hour of an expiry began: what expired before belongs to others. */
export const horizonStart = (expiresAt: number): number => horizonHour(expiresAt) * hourMs;
