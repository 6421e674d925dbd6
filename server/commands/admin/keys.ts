import type {
  listOperatorKeys,
  makeOperatorKey,
  revokeOperatorKey,
} from '../../administration/operator-keys.ts';
import { type FactsOf, plain, table, time } from './print.ts';

export function keyMadeText({ key, secret }: FactsOf<typeof makeOperatorKey>): string {
  const { name, id, scopes, expiresAt } = key;
  return [
    plain(`The key ${name} (${id}) for ${scopes.join(', ')} is good until ${time(expiresAt)}.`),
    'It is shown only now:',
    secret,
  ].join('\n');
}

export function keysText({ keys }: FactsOf<typeof listOperatorKeys>): string {
  const rows = keys.map(({ id, name, scopes, expiresAt, lastUsedOn }) => [
    id,
    name,
    scopes.join(' '),
    time(expiresAt),
    lastUsedOn ?? 'never',
  ]);
  return table(['ID', 'NAME', 'SCOPES', 'EXPIRES', 'LAST USED'], rows);
}

export function keyRevokedText({ revoked }: FactsOf<typeof revokeOperatorKey>): string {
  return plain(`The key ${revoked} does nothing any more.`);
}
