import { browserSupportsWebAuthn } from '@simplewebauthn/browser';
import { armAutofill } from '../../library/arm-autofill.ts';
import { Problem } from '../../library/problem.ts';
import { register } from '../../library/register.ts';
import { signIn } from '../../library/sign-in.ts';
import type { SignedIn } from '../../library/types.ts';
import { createAccount, signIn as words } from '../../words/en.ts';
import { type Explanation, explain } from '../../words/explain.ts';
import { advice, webViewAdvice } from '../parts/advice.ts';
import { busy } from '../parts/busy.ts';
import { byId } from '../parts/by-id.ts';
import { notice } from '../parts/notice.ts';
import { pageData } from '../parts/page-data.ts';
import { offerFormerDomains } from './former-domains.ts';
import { showOffer } from './offer.ts';
import { offerInFirefox } from './offer-in-firefox.ts';

/**
 * The sign-in page: one field, one button, and autofill armed from the options that came with the
 * page. Creating an account is the same form in another mode, kept in the address (`#create`) so
 * that the back button and links work.
 */

const { options, formerRpIds } = pageData<{
  options: PublicKeyCredentialRequestOptionsJSON;
  formerRpIds: string[];
}>();
const form = byId<HTMLFormElement>('form');
const title = byId('title');
const username = byId<HTMLInputElement>('username');
const displayName = byId<HTMLInputElement>('display-name');
const submit = byId<HTMLButtonElement>('submit');
const region = byId('notice');
/** What follows the name of the mode in the title of the page. */
const site = document.title.replace(/^[^–]+/, '');
let leaving = false;
let wasArmed = false;

if (browserSupportsWebAuthn()) start();
else {
  document.documentElement.dataset['autofill'] = 'unsupported';
  form.hidden = true;
  byId('unsupported').hidden = false;
  byId('advice').textContent = advice(navigator.userAgent, isSecureContext);
}

function start(): void {
  const disarm = armAutofill({
    options,
    onSignedIn: (signedIn) => arrive(signedIn),
    onError: (error) => notice(region, explain(error)),
    onState: (state) => {
      document.documentElement.dataset['autofill'] = state;
      submit.toggleAttribute('data-busy', state === 'checking');
      if (state === 'armed' && !wasArmed) offerInFirefox(username);
      wasArmed ||= state === 'armed';
    },
  });

  const go = (suggestion?: SignedIn['suggestion']) => {
    leaving = true;
    disarm();
    submit.toggleAttribute('data-busy', true);
    // Only the sign-in itself tells of it; the account page is where there is time for it.
    location.assign(suggestion === 'backup-lost' ? '/account#backup-lost' : '/account');
  };

  function arrive(signedIn: SignedIn): void {
    const on = () => go(signedIn.suggestion);
    if (showOffer(signedIn, on)) disarm();
    else on();
  }

  /** Runs one ceremony at a time, whichever button began it. */
  const begin = (button: HTMLElement, ceremony: () => Promise<void>) => {
    if (form.querySelector('[data-busy], [aria-disabled]')) return;
    void busy(button, async () => {
      complain();
      try {
        await ceremony();
      } catch (error) {
        fail(error);
      }
    });
  };

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    begin(submit, async () => {
      if (!isCreating()) arrive(await signIn({ username: username.value.trim() }));
      else if (await create()) go();
    });
  });
  void offerFormerDomains(formerRpIds, (ceremony, button) =>
    begin(button, async () => arrive(await ceremony())),
  );
  username.addEventListener('input', () => complain());
  addEventListener('hashchange', () => {
    showMode();
    username.focus();
  });
  // Back from the account page to a page that the browser kept: nothing of it is of use any more.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted && leaving) location.reload();
  });
  showMode();
}

async function create(): Promise<boolean> {
  const name = username.value.trim();
  const shown = displayName.value.trim();
  if (name) await register({ username: name, ...(shown && { displayName: shown }) });
  else complain({ tone: 'error', text: createAccount.usernameMissing });
  return !!name;
}

/** Says what is wrong with the user name, at the field; without words, that nothing is. */
function complain(said?: Explanation): void {
  username.ariaInvalid = said ? 'true' : null;
  notice(region, said);
  if (said) username.focus();
}

function fail(error: unknown): void {
  const said = explain(error);
  const code = error instanceof Problem && error.code;
  if (said.tone === 'hint' && username.value && !isCreating()) said.text = words.checkUsername;
  // A web view may show no prompt at all, which looks like one that was closed.
  const elsewhere = said.tone === 'hint' && webViewAdvice(navigator.userAgent);
  if (elsewhere) said.text = words.noPrompt(said.text, elsewhere);
  if (code === 'username_taken' || code === 'invalid_request') complain(said);
  else notice(region, said);
}

function isCreating(): boolean {
  return location.hash === '#create';
}

function showMode(): void {
  const creating = isCreating();
  const mode = creating ? createAccount : words;
  document.documentElement.dataset['mode'] = creating ? 'create' : 'sign-in';
  title.textContent = mode.title;
  document.title = `${title.textContent} ${site}`;
  submit.textContent = mode.button;
  username.placeholder = mode.usernameHint;
  username.required = creating;
  username.setAttribute('autocomplete', creating ? 'username' : 'username webauthn');
  byId('display-name-row').hidden = !creating;
  byId('former-domains').hidden = creating;
  byId('to-create').hidden = creating;
  byId('to-sign-in').hidden = !creating;
  complain();
}
