import { capability } from '../../library/capability.ts';
import { signIn } from '../../library/sign-in.ts';
import type { SignedIn } from '../../library/types.ts';
import { signIn as words } from '../../words/en.ts';
import { byId } from '../parts/by-id.ts';

/**
 * For a site that has moved: a button for each domain that it moved from. A browser that can't use
 * passkeys of a related origin (WebAuthn L3 §5.11) gets none; one that doesn't say may try.
 */
export async function offerFormerDomains(
  rpIds: readonly string[],
  begin: (ceremony: () => Promise<SignedIn>, button: HTMLElement) => void,
): Promise<void> {
  if (!rpIds.length || (await capability('relatedOrigins')) === false) return;
  const buttons = rpIds.map((rpId) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'quiet';
    button.textContent = words.fromDomain(rpId);
    button.addEventListener('click', () => begin(() => signIn({ rpId }), button));
    return button;
  });
  byId('former-domains').append(...buttons);
}
