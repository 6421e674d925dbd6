import { atMost } from '../../library/at-most.ts';
import { register } from '../../library/register.ts';
import type { SignedIn } from '../../library/types.ts';
import { postponeUpgrade, upgrade } from '../../library/upgrade.ts';
import { offers } from '../../words/en.ts';
import { busy } from '../parts/busy.ts';
import { byId } from '../parts/by-id.ts';
import { explainUpgrade } from '../parts/explain-upgrade.ts';
import { notice } from '../parts/notice.ts';

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
  'legacy-platform-credential': offers.legacy,
  'former-domain': offers.formerDomain,
};

function findOffer({ upgrade: upgradable, suggestion, userVerified }: SignedIn): Offer | null {
  if (upgradable) {
    const { reason, credentialId } = upgradable;
    return {
      title: offers.updateTitle,
      text: userVerified ? reasons[reason] : offers.confirmFirst(reasons[reason]),
      yes: offers.update,
      accept: () => upgrade(credentialId),
      decline: () => postponeUpgrade(credentialId),
    };
  }
  if (suggestion !== 'local-passkey') return null;
  return {
    title: offers.addTitle,
    text: offers.local,
    yes: offers.add,
    accept: () => register({ hints: ['client-device'] }),
  };
}
