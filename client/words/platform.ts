/** The systems that have words of their own for how a person unlocks a device. */
export type Platform = 'iOS' | 'Mac' | 'Windows' | 'Android' | 'other';

/**
 * Which system the page runs on, as far as the browser says. `touchPoints` tells an iPad from the
 * Mac that it says it is. Only for the choice of words.
 */
export function platformOf(userAgent: string, touchPoints = 0): Platform {
  if (/iPhone|iPad|iPod/.test(userAgent)) return 'iOS';
  if (/Macintosh/.test(userAgent)) return touchPoints > 1 ? 'iOS' : 'Mac';
  if (/Windows/.test(userAgent)) return 'Windows';
  return /Android/.test(userAgent) ? 'Android' : 'other';
}

/** The system of this browser. */
export function thisPlatform(): Platform {
  const { userAgent = '', maxTouchPoints } = globalThis.navigator ?? {};
  return platformOf(userAgent, maxTouchPoints);
}
