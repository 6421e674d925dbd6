import { atMost } from '../../library/at-most.ts';
import type { CallOptions } from '../../library/call.ts';
import { conditionalCreate } from '../../library/conditional-create.ts';
import { handOver } from '../../library/hand-over.ts';
import { setPageOwner } from '../../library/page-owner.ts';
import { register } from '../../library/register.ts';
import type { SignedIn } from '../../library/types.ts';
import { postponeUpgrade, upgrade } from '../../library/upgrade.ts';
import { offers } from '../../words/en.ts';
import { type Explanation, explain } from '../../words/explain.ts';
import { busy } from '../parts/busy.ts';
import { byId } from '../parts/by-id.ts';
import { explainUpgrade } from '../parts/explain-upgrade.ts';
import type { Note } from '../parts/note.ts';
import { perform } from '../parts/perform.ts';

/** What is offered once, right after a sign-in; whoever declines it is signed in all the same. */
interface Offer {
  title: string;
  text: string;
  yes: string;
  accept: (options: CallOptions) => Promise<unknown>;
  accepted: Note;
  explain: (error: unknown) => Explanation;
  decline?: () => Promise<unknown>;
}

/** "Not now" goes on, whether or not the server has heard it by then. */
const PATIENCE_MS = 2_000;

/**
 * Shows the most useful offer in the place of the form; `goOn` leaves the page. A script of its own,
 * which the page loads only for those who are offered something.
 */
export function showOffer(signedIn: SignedIn, goOn: (note?: Note) => void): void {
  // This script has its own copy of the library, which doesn't know yet whose page it is.
  setPageOwner(signedIn.user.id);
  show(findOffer(signedIn), goOn);
}

/**
 * For who has just come with Apple, on the way to an app: a passkey without asking, if the browser makes one; else it
 * is offered.
 */
export async function welcome(goOn: () => void): Promise<void> {
  show(
    {
      ...{ title: offers.addTitle, text: offers.afterApple, yes: offers.add },
      accept: (options) => register({}, options),
      accepted: 'passkey-added',
      explain: (error) => explain(error, offers.notAdded),
    },
    goOn,
  );
  if (await conditionalCreate()) goOn();
}

function show(offer: Offer, goOn: (note?: Note) => void): void {
  const title = byId('title');
  const [now, later] = [byId('offer-now'), byId('offer-later')];
  byId('form').hidden = true;
  byId('offer').hidden = false;
  title.textContent = offer.title;
  document.title = document.title.replace(/^[^–]+/, `${offer.title} `);
  byId('offer-text').textContent = offer.text;
  now.textContent = offer.yes;
  // Screen readers read it first, and the keyboard goes on from there.
  title.tabIndex = -1;
  title.focus();
  now.addEventListener('click', () =>
    perform(
      now,
      byId('offer-notice'),
      async (options) => {
        await offer.accept(options);
        // The passkey answered to this script's copy of the library; the page's copy has nothing to hand over.
        await handOver();
        goOn(offer.accepted);
      },
      offer.explain,
    ),
  );
  later.addEventListener('click', () =>
    busy(later, async () => {
      if (offer.decline) await atMost(PATIENCE_MS, offer.decline());
      goOn();
    }),
  );
}

const reasons = {
  'legacy-platform-credential': offers.legacy,
  'former-domain': offers.formerDomain,
};

function findOffer({ upgrade: upgradable, userVerified }: SignedIn): Offer {
  if (upgradable) {
    const { reason, credentialId } = upgradable;
    return {
      title: offers.updateTitle,
      text: userVerified ? reasons[reason] : offers.confirmFirst(reasons[reason]),
      yes: offers.update,
      accept: (options) => upgrade(credentialId, options),
      accepted: 'passkey-updated',
      explain: explainUpgrade,
      decline: () => postponeUpgrade(credentialId),
    };
  }
  return {
    title: offers.addTitle,
    text: offers.local,
    yes: offers.add,
    accept: (options) => register({ hints: ['client-device'] }, options),
    accepted: 'passkey-added',
    explain: (error) => explain(error, offers.notAdded),
  };
}
