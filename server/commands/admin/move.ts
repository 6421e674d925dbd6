import type { Move } from '../../administration/move.ts';
import { plain, table } from './print.ts';

export function moveText({ counts, progress, notServed }: Move): string {
  const rows = counts.map((each) => [
    each.rpId,
    each.domain,
    each.state,
    String(each.credentials),
    String(each.accounts),
  ]);
  return [
    table(['RP ID', 'DOMAIN', 'STATE', 'PASSKEYS', 'ACCOUNTS'], rows),
    '',
    `Passkeys of former domains: ${progress.replaced} replaced, ${progress.waiting} not yet.`,
    ...notServed.map((id) => `Warning: ${unservedWords(id)}`),
  ].join('\n');
}

const unservedWords = (rpId: string) =>
  `${plain(rpId)} is neither RP_ID nor in FORMER_RP_IDS, so its passkeys can't sign in.`;
