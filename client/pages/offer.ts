import { atMost } from '../library/at-most.ts';
import { register } from '../library/register.ts';
import type { SignedIn } from '../library/types.ts';
import { postponeUpgrade, upgrade } from '../library/upgrade.ts';
import { explainUpgrade } from '../words/explain-upgrade.ts';
import { busy } from './busy.ts';
import { byId } from './by-id.ts';
import { notice } from './notice.ts';

/** What is offered once, right after a sign-in; whoever declines it is signed in all the same. */
interface Offer {
  title: string;
  text: string;
  yes: string;
  accept: () => Promise<unknown>;
  decline?: () => Promise<unknown>;
}

/** "Not now" goes on, whether or not the server has heard it by then. */
const PATIENCE_MS = 2_000;

/** Shows the most useful offer, if there is any, in the place of the form; `go` leads on from it. */
export function showOffer(signedIn: SignedIn, go: () => void): boolean {
  const offer = findOffer(signedIn);
  if (!offer) return false;
  const title = byId('title');
  const [now, later] = [byId('offer-now'), byId('offer-later')];
  const region = byId('offer-notice');
  byId('form').hidden = true;
  byId('offer').hidden = false;
  title.textContent = offer.title;
  document.title = document.title.replace(/^[^–]+/, `${offer.title} `);
  byId('offer-text').textContent = offer.text;
  now.textContent = offer.yes;
  // The first thing to be read, and the keyboard goes on from there.
  title.tabIndex = -1;
  title.focus();
  now.addEventListener('click', () =>
    busy(now, async () => {
      notice(region);
      try {
        await offer.accept();
        go();
      } catch (error) {
        notice(region, explainUpgrade(error));
      }
    }),
  );
  later.addEventListener('click', () =>
    busy(later, async () => {
      if (offer.decline) await atMost(PATIENCE_MS, offer.decline());
      go();
    }),
  );
  return true;
}

const reasons = {
  'legacy-platform-credential':
    'Your passkey only works on this device. Update it, and it will be on your other devices too.',
  'former-domain':
    'Our address has changed. Update your passkey once, and it goes on working for you here.',
};

function findOffer({ upgrade: upgradable, suggestion, userVerified }: SignedIn): Offer | null {
  if (upgradable) {
    const { reason, credentialId } = upgradable;
    return {
      title: 'Update your passkey',
      // Two prompts in a row would be a riddle.
      text: `${reasons[reason]}${userVerified ? '' : ' You will first confirm that it’s you.'}`,
      yes: 'Update',
      accept: () => upgrade(credentialId),
      decline: () => postponeUpgrade(credentialId),
    };
  }
  if (suggestion !== 'local-passkey') return null;
  return {
    title: 'Add a passkey on this device',
    text: 'You signed in with another device. With a passkey on this one, you won’t need it next time.',
    yes: 'Add a passkey',
    accept: () => register({ hints: ['client-device'] }),
  };
}
