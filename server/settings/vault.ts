import { feature } from './feature.ts';
import { onOff } from './fields.ts';

interface VaultSettings {
  /** Whether accounts may keep data that only their passkeys open. */
  readonly vault: boolean;
}

export const vault = feature({
  fields: { VAULT: onOff('on') },
  settings: ({ VAULT }): VaultSettings => ({ vault: VAULT }),
});
