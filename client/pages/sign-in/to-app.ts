import { call } from '../../library/call.ts';
import { Problem } from '../../library/problem.ts';
import { send } from '../../library/send.ts';
import { confirmation, toApp } from '../../words/en.ts';
import { explain } from '../../words/explain.ts';
import { busy } from '../parts/busy.ts';
import { byId } from '../parts/by-id.ts';
import { notice } from '../parts/notice.ts';
import { pageData } from '../parts/page-data.ts';
import { ready } from '../parts/ready.ts';
import { showApp } from '../parts/show-app.ts';
import { webViewAdvice } from './advice.ts';
import { elsewhereLink } from './elsewhere.ts';
import { startSignIn } from './sign-in-page.ts';

interface Call {
  path: string;
  body?: unknown;
}

/** The sign-in page of people who are on the way to an app, or to a site behind a proxy. */
interface ToApp {
  finish: Call;
  /** Null if nobody waits for it. */
  abort: Call | null;
  client: { name: string; logo?: string };
  prompt: 'login' | 'create';
  loginHint?: string;
  /** Null: nothing but the welcome of somebody who is new. */
  needs: 'sign-in' | 'step-up' | null;
  elsewhere: string | null;
}

/** Longer than it takes to leave a page. */
const PATIENCE_MS = 3_000;

const { to, said } = pageData<{ to: ToApp; said?: string | null }>();
/** Came with Apple just now, for the first time. */
const isNew = said === 'welcome';
const submit = byId('submit');
const region = byId('notice');
/** Whether the person is signed in already, so that the button only goes on. */
let signedIn = isNew || (to.needs === 'step-up' && to.prompt !== 'create');

/** Where the button leads once the app should have opened. */
let again: string | null = null;

showApp(to.client);
showWayOut();
if (to.loginHint) byId<HTMLInputElement>('username').value = to.loginHint;
if (to.prompt === 'create' && !location.hash) history.replaceState(null, '', '#create');

// The ways that leave this page lead here again.
byId('trouble').querySelector('a')?.setAttribute('href', `/recover${location.search}`);
document.querySelector('.apple')?.setAttribute('href', `/sign-in/apple${location.search}`);

const { finish, abort } = to;
const cancel = byId('cancel');
cancel.hidden = !abort;
if (abort)
  cancel.addEventListener('click', () => busy(cancel, () => leave(send('POST', abort.path))));
// What the app asks for beside a sign-in, such as a stronger passkey, is asked for on the way.
const goOn = () => {
  signedIn = true;
  return leave(call('POST', finish.path, finish.body));
};
// It comes before the page's own answer to the button.
byId('form').addEventListener(
  'submit',
  (event) => {
    if (!signedIn) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (again) location.assign(again);
    else void busy(submit, goOn);
  },
  { capture: true },
);
let isStarted = false;
const start = () => {
  if (!isStarted) startSignIn(() => void goOn());
  isStarted = true;
};
byId('other-account').addEventListener('click', () => {
  signedIn = false;
  // The page changes its mode with the address.
  if (location.hash === '#sign-in') history.replaceState(null, '', '#');
  showConfirmation();
  start();
});
if (isNew) void offerPasskey();
else start();
showConfirmation();

async function offerPasskey(): Promise<void> {
  byId('form').hidden = true;
  ready();
  try {
    const { welcome } = await import('./offer.ts');
    await welcome(() => void goOn());
  } catch {
    void goOn();
  }
}

/** Goes where the server says. If it knows nothing of the way any more, the page begins again. */
async function leave(asked: Promise<{ redirectTo: string }>): Promise<void> {
  try {
    location.assign((await asked).redirectTo);
    setTimeout(offerToTryAgain, PATIENCE_MS);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return location.reload();
    backToForm();
    notice(region, explain(error, toApp.unconfirmed));
    byId('to-passkeys').hidden = !(error instanceof Problem && error.code === 'assurance_unmet');
  }
}

/**
 * The page is still there: some browsers open an app only when somebody presses a button. The way there is
 * used up, so it begins again, and this time nobody is asked.
 */
function offerToTryAgain(): void {
  again = to.elsewhere;
  signedIn = true;
  backToForm();
  byId('title').textContent = toApp.done;
  submit.textContent = toApp.goOn(to.client.name);
}

/** Shows the form again, also if an offer had taken its place. */
function backToForm(): void {
  byId('offer').hidden = true;
  byId('form').hidden = false;
  submit.removeAttribute('data-busy');
  showConfirmation();
}

function showConfirmation(): void {
  byId('names').hidden = signedIn;
  byId('other-account').hidden = !signedIn;
  if (!signedIn) return;
  for (const id of ['to-create', 'to-sign-in', 'trouble']) byId(id).hidden = true;
  byId('title').textContent = confirmation.title;
  submit.textContent = confirmation.button;
}

/** A passkey may be out of reach inside another app. */
function showWayOut(): void {
  const advice = webViewAdvice(navigator.userAgent);
  if (!advice) return;
  const link = byId<HTMLAnchorElement>('elsewhere');
  link.textContent = advice === 'open-in-safari' ? toApp.openInSafari : toApp.openInBrowser;
  link.href = elsewhereLink(advice, to.elsewhere ?? location.href);
  byId('in-app').hidden = false;
}
