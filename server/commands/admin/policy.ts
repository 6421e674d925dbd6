import type { AssignedPolicy } from '../../administration/policy.ts';
import { plain, table } from './print.ts';

export function assignedText({ account, accepted, refused }: AssignedPolicy): string {
  const done = plain(`${account.username} is under the policy ${account.policy ?? 'default'}.`);
  if (refused.length === 0) return done;
  const rows = refused.map(({ name, violation, id }) => [name, violation, id]);
  return [
    done,
    `It refuses ${refused.length} of ${accepted} passkeys:`,
    table(['PASSKEY', 'WHY', 'ID'], rows),
  ].join('\n');
}
