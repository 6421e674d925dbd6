import type { AppleLink } from '../records/apple.ts';

/**
 * During a transfer an account has a link for each of the two teams. This is the one that is shown: that of the team
 * of today, if there is one.
 */
export function linkOfToday<Found extends { readonly link: AppleLink }>(
  links: readonly Found[],
  teams: readonly string[] | undefined,
): Found | undefined {
  return links.find(({ link }) => link.team === teams?.[0]) ?? links[0];
}
