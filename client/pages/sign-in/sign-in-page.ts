import { armAutofill } from '../../library/arm-autofill.ts';
import { forgetStaleHandOver } from '../../library/hand-over.ts';
import { register } from '../../library/register.ts';
import { signIn } from '../../library/sign-in.ts';
import type { SignedIn } from '../../library/types.ts';
import { createAccount, farewells, unlocking, signIn as words } from '../../words/en.ts';
import { explain } from '../../words/explain.ts';
import { thisPlatform } from '../../words/platform.ts';
import { busy } from '../parts/busy.ts';
import { byId } from '../parts/by-id.ts';
import { nameFields } from '../parts/name-fields.ts';
import { type Note, takeNote } from '../parts/note.ts';
import { notice } from '../parts/notice.ts';
import { pageData } from '../parts/page-data.ts';
import { ready } from '../parts/ready.ts';
import { adviceElement, webViewAdvice } from './advice.ts';
import { offerFormerDomains } from './former-domains.ts';
import { showObstacle } from './obstacle.ts';
import { offerInFirefox } from './offer-in-firefox.ts';

/**
 * The sign-in page: one field, one button, and autofill armed from the options that came with the
 * page. Creating an account is the same form in another mode, kept in the address (`#create`) so
 * that the back button and links work.
 */

const { options, formerRpIds, origin, said } = pageData<{
  options: PublicKeyCredentialRequestOptionsJSON;
  formerRpIds: string[];
  origin: string;
  /** How a sign-in with Apple ended, if it did not; the page's HTML has the words. */
  said: string | null;
}>();
const form = byId<HTMLFormElement>('form');
const title = byId('title');
const username = byId<HTMLInputElement>('username');
const submit = byId<HTMLButtonElement>('submit');
const region = byId('notice');
const fields = nameFields(username, byId<HTMLInputElement>('display-name'), region);
/** What follows the name of the mode in the title of the page. */
const site = document.title.replace(/^[^–]+/, '');
let leaving = false;
let wasArmed = false;

/** @param go leaves for the next page */
export function startSignIn(go: (note?: Note) => void): void {
  if (!showObstacle(origin)) start(go);
  ready();
  void forgetStaleHandOver();
}

function start(go: (note?: Note) => void): void {
  const disarm = armAutofill({
    options,
    onSignedIn: (signedIn) => void arrive(signedIn),
    onError: (error) => notice(region, explain(error)),
    onState: (state) => {
      document.documentElement.dataset['autofill'] = state;
      submit.toggleAttribute('data-busy', state === 'checking');
      if (state === 'armed' && !wasArmed) offerInFirefox(username);
      wasArmed ||= state === 'armed';
    },
  });

  const goOn = (note?: Note) => {
    leaving = true;
    disarm();
    submit.toggleAttribute('data-busy', true);
    go(note);
  };

  async function arrive(signedIn: SignedIn): Promise<void> {
    // Only this answer tells of a lost backup. The account page shows it, because people have time there.
    const learned = signedIn.suggestion === 'backup-lost' ? 'backup-lost' : undefined;
    const on = (note?: Note) => goOn(note ?? learned);
    if (!signedIn.upgrade && signedIn.suggestion !== 'local-passkey') return on();
    submit.toggleAttribute('data-busy', true);
    try {
      // Few people see it: nobody else waits for it.
      const { showOffer } = await import('./offer.ts');
      showOffer(signedIn, on);
    } catch {
      on();
    }
  }

  /** Runs one ceremony at a time, whichever button began it. */
  const begin = (button: HTMLElement, ceremony: () => Promise<void>) => {
    if (form.querySelector('[data-busy], [aria-disabled]')) return;
    void busy(button, async () => {
      fields.forgive();
      try {
        await ceremony();
      } catch (error) {
        if (!fields.explain(error)) fail(error);
      }
    });
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    begin(submit, async () => {
      if (!isCreating()) {
        await arrive(await signIn({ username: username.value.trim() }));
        return;
      }
      const names = fields.read();
      if (!names) return;
      const { username: name, displayName: shown } = names;
      await register({ username: name, ...(shown && { displayName: shown }) });
      goOn();
    });
  });
  void offerFormerDomains(formerRpIds, (ceremony, button) =>
    begin(button, async () => arrive(await ceremony())),
  );
  addEventListener('hashchange', () => {
    showMode();
    username.focus();
  });
  // Back from the account page to a page that the browser kept: nothing of it is of use any more.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && leaving) location.reload();
  });
  byId('explanation').textContent = words.unlock(unlocking[thisPlatform()]);
  showMode();
  const note = takeNote() ?? '';
  const text = document.querySelector(`[data-said=${said}]`)?.textContent;
  if (text) notice(region, { tone: 'error', text });
  else
    notice(region, {
      tone: note === 'session-ended' ? 'hint' : 'good',
      text: farewells[note] ?? '',
    });
}

function fail(error: unknown): void {
  const creating = isCreating();
  const closed = username.value && !creating ? words.checkUsername : undefined;
  const said = explain(error, creating ? createAccount.cancelled : closed);
  // A web view may show no prompt at all, which looks like one that was closed.
  const elsewhere = said.tone === 'hint' && webViewAdvice(navigator.userAgent);
  if (elsewhere) said.text = words.noPrompt(said.text, adviceElement(elsewhere).textContent ?? '');
  notice(region, said);
}

function isCreating(): boolean {
  // If strangers can't open accounts, the page has no link to it.
  return location.hash === '#create' && !!form.querySelector('[href="#create"]');
}

function showMode(): void {
  const creating = isCreating();
  const mode = creating ? createAccount : words;
  document.documentElement.dataset['mode'] = creating ? 'create' : 'sign-in';
  title.textContent = mode.title;
  document.title = `${mode.title} ${site}`;
  submit.textContent = mode.button;
  username.placeholder = mode.usernameHint;
  username.required = creating;
  username.setAttribute('autocomplete', creating ? 'username' : 'username webauthn');
  byId('display-name-row').hidden = !creating;
  byId('former-domains').hidden = creating;
  byId('to-create').hidden = creating;
  byId('trouble').hidden = creating;
  byId('to-sign-in').hidden = !creating;
  fields.forgive();
}
