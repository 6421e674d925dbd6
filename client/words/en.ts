/**
 * Every sentence that people see, in English.
 *
 * Another language is one more file beside this one, named by its tag (`de.ts`), with the same
 * exports and the same keys: the build makes pages of it. Values are plain text, never markup. In a
 * page's HTML `{{signIn.title}}` stands for a text of this file. `everyPage` and `markup` are used
 * only there; the others are part of each script that uses one of their texts.
 */
import { isolate } from './isolate.ts';
import type { Platform } from './platform.ts';

// Texts that two groups share: a script takes along every group that another one refers to.
const passkeyAdded = 'Your passkey was added.';
const passkeyUpdated = 'Your passkey was updated.';
const localPasskey =
  'You signed in with another device. With a passkey on this one, you won’t need it next time.';
const notAdded = 'No passkey was added. You can try again.';

const quote = (name: string) => `“${isolate(name)}”`;

/** The tag of this language (BCP 47), for the pages and for dates. */
export const lang = 'en';
/** The direction in which it is written: `ltr` or `rtl`. */
export const dir = 'ltr';

/** What the HTML of more than one page says. */
export const everyPage = {
  noScriptTitle: 'JavaScript is turned off.',
  noScript: 'This page needs it. Turn it on for this site, then reload the page.',
  late: 'This page hasn’t finished loading.',
  reload: 'Reload',
  username: 'User name',
  displayName: 'Your name',
  optional: 'Optional',
  cancel: 'Cancel',
  save: 'Save',
};

/** Where the operator's links below every page lead. */
export const links = {
  backTo: (site: string) => `Back to ${isolate(site)}`,
  help: 'Help',
  terms: 'Terms',
  privacy: 'Privacy',
};

/** What only the HTML of one page says. */
export const markup = {
  newHere: 'New here?',
  byInvitation: 'You need an invitation. Open the link in it, or ask whoever runs this service.',
  signUpClosed: 'Ask whoever runs this service to open an account for you.',
  haveAccount: 'Already have an account?',
  unlock: 'You’ll use your face, fingerprint or device passcode instead of a password.',
  notNow: 'Not now',
  trouble: 'Trouble signing in?',
  newPhone: 'I have a new phone',
  newPhoneText:
    'Sign in to iCloud, your Google account or your password manager on the new phone first. Your passkey comes along, and you sign in as before.',
  otherDevice: 'My passkey is on another device',
  otherDeviceText:
    'Choose to sign in with a passkey, then another device. Scan the code that appears with the device that has your passkey.',
  lostAll: 'I have lost everything',
  lostAllText:
    'Use your recovery code or your mail, if this page offers it below. Otherwise ask whoever runs this service for a link.',
  haveCode: 'Use your recovery code',
  codeField: 'Code',
  byMail: 'Get a link by mail',
  nameOrAddress: 'Name or address',
  sendLink: 'Send a link',
  mailAddress: 'Mail address',
  mailAddressField: 'Address',
  mailCodeField: 'Code from the mail',
  confirmAddress: 'Confirm',
  removeAddress: 'Remove the address',
  stopIt: 'Stop it',
  recoveryCode: 'Recovery code',
  goOn: 'Continue',
  codeOnce:
    'Write it down or print it, and keep it where you keep important papers. It is shown only now.',
  saveFile: 'Save as a file',
  print: 'Print',
  codeEnd: 'Last 4 characters',
  codeKept: 'I’ve kept it',
  backToSignIn: 'Back to sign-in',
  inviteText: 'With this invitation you can open an account. It works once.',
  enrolText: 'With this link you can add a passkey to your account. It works once.',
  profile: 'Profile',
  edit: 'Edit',
  editNames: 'Edit names',
  passkeys: 'Passkeys',
  addPasskey: 'Add a passkey',
  addSecondPasskey: 'Add a second passkey',
  sessions: 'Where you’re signed in',
  signOut: 'Sign out',
  signOutOthers: 'Sign out everywhere else',
  activity: 'Security activity',
  showActivity: 'What happened lately',
  showMore: 'Show more',
  withoutRoutine: 'Leave out sign-ins and the like',
  update: 'Update',
  rename: 'Rename',
  passkeyName: 'Name of this passkey',
};

export const signIn = {
  title: 'Sign in',
  button: 'Sign in with a passkey',
  usernameHint: 'Optional',
  unlock: (how: string) => `You’ll use ${how} instead of a password.`,
  checkUsername: 'No passkey was used. Check the user name, or leave it empty.',
  /** A prompt may not have come up at all inside another app. */
  noPrompt: (text: string, instead: string) => `${text} If none appears: ${instead}`,
  fromDomain: (domain: string) => `Use a passkey from ${domain}`,
};

/** Sign in with Apple, in the HTML of the sign-in pages. */
export const apple = {
  /** As Apple says it in this language: no other words are allowed. */
  button: 'Continue with Apple',
  unavailable: 'Apple can’t be reached right now. Try again in a moment, or use a passkey.',
  misconfigured:
    'Sign in with Apple doesn’t work here right now. Use a passkey, or tell whoever runs this service.',
  notAllowed: 'This account can’t be opened with Apple. Use a passkey.',
  closed:
    'No account here belongs to this Apple Account. Sign in with a passkey, then link it in your account.',
  disabled: 'This account is switched off. Please ask whoever runs this service.',
  expired: 'That took too long, or began in another browser. Please try again.',
};

/** The recovery code on the account page. */
export const recoveryCode = {
  whatFor:
    'If you lose all your devices, a recovery code lets you back in. Anyone who has it can use it.',
  madeOn: (day: string) => `You made a recovery code ${day}. It works once.`,
  make: 'Make a recovery code',
  makeNew: 'Make a new code',
  endIsWrong: 'These are not the last 4 characters of the code above.',
  kept: 'Your recovery code is ready. The one before no longer works.',
  keptForNotes:
    'Your recovery code is ready. It opens your notes, too. The one before no longer works.',
  keptWithoutNotes:
    'Your recovery code is ready, but it doesn’t open your notes, because they could not be opened now. If you had a code before, keep it for them.',
  fileName: 'recovery-code.txt',
  file: (site: string, code: string) =>
    `Recovery code for ${site}\n\n${code}\n\nIt works once. Anyone who has it can get into the account.\n`,
};

/** The ways back into an account. */
export const recover = {
  title: 'Trouble signing in?',
  enrolTitle: 'Add your passkey',
  noName: 'Type your user name.',
  noCode: 'That is not a whole recovery code. Please check what you typed.',
  wrongCode: 'This user name and this code don’t belong together, or the code was used already.',
  noLink: 'Part of the link is missing. Open the whole link that you were given.',
  linkGone: 'This link was used already, or it is too old. Ask for a new one.',
  add: (username: string) =>
    `You’re back, ${isolate(username)}. Add a passkey on this device, and you can sign in again.`,
};

/** The way back that goes by mail. */
export const byMail = {
  title: 'Get back into your account',
  noName: 'Type your user name or your mail address.',
  asked:
    'If there is an account with a confirmed mail address, a link is on its way. Open it in this browser.',
  /** @param days at least one */
  codeOrWait: (days: number) =>
    `Type your recovery code, and you’re in at once. Without it, leave the field empty: you can go on after ${days === 1 ? 'a day' : `${days} days`}, unless somebody stops it.`,
  needsCode: 'Type your recovery code to go on.',
  notHere:
    'This link does nothing here. Open it in the browser in which you asked for it. If it is old, or the recovery was stopped, ask for a new one.',
  wrongCode: 'This code is not that of the account, or it was used already.',
  waits: (moment: string) =>
    `You can go on ${moment}. Open the link from the mail again then, in this browser. A sign-in with a passkey ends this.`,
};

/** Where the link in the notice of a recovery leads. */
export const stopRecovery = {
  title: 'Stop the recovery?',
  text: 'Somebody is waiting to get into your account without a passkey. If that is not you, stop it.',
  stop: 'Stop it',
  done: 'It was stopped. Change the password of your mailbox: somebody else may be reading your mail.',
  goneTitle: 'Nothing to stop',
  gone: 'The recovery has ended, or somebody was let in. Sign in with your passkey now. That ends it, and your account page shows what happened.',
};

/** The mail address on the account page. */
export const mailAddress = {
  whatFor:
    'We write to it when something changes about how you sign in, and with it you can get back into your account.',
  is: (address: string) => `We write to ${isolate(address)}.`,
  add: 'Add a mail address',
  change: 'Change the address',
  sendCode: 'Send a code',
  wrongAddress: 'That is not a mail address.',
  sent: (address: string) => `We sent a code to ${isolate(address)}. Type it within 10 minutes.`,
  wrongCode: 'That is not the code, or it is too old. After five tries, ask for a new one.',
  confirmed: 'Your mail address is confirmed.',
  removed: 'Your mail address was removed.',
  pending: (moment: string) =>
    `Somebody asked to get into this account by mail, without a passkey. They are let in at this time: ${moment}. If that isn’t you, stop it.`,
  stopped: 'The recovery was stopped.',
};

/** What only goes wrong with an invitation. */
export const invitationProblems: Readonly<Record<string, string>> = {
  invitation_invalid: 'This invitation was used already, or it is too old. Ask for a new one.',
  invitation_revoked:
    'This invitation was withdrawn by whoever sent it. Ask them if you still need an account.',
};
/** The user name is settled by the invitation. */
export const invitedNameTaken =
  'The user name of this invitation was taken meanwhile. Ask for a new invitation.';

export const createAccount = {
  title: 'Create an account',
  button: 'Create a passkey',
  usernameHint: 'Required',
  cancelled: 'No passkey was made. You can try again.',
};

/** For who is signed in already, but has to show that it's them. */
export const confirmation = {
  title: 'Confirm that it’s you',
  button: 'Continue',
};

/** On the way to an app. */
export const toApp = {
  /** The name of the app is shown in the page's own way. */
  before: 'to go on to',
  cancel: 'Cancel',
  otherAccount: 'Use another account',
  done: 'You’re signed in',
  goOn: (app: string) => `Continue to ${isolate(app)}`,
  unconfirmed: 'Nothing was confirmed. You can try again.',
  toPasskeys: 'Add a passkey in your account',
  inApp: 'This page is shown inside another app, where passkeys may not work.',
  openInSafari: 'Open in Safari',
  openInBrowser: 'Open in the browser',
};

/** The page that asks whether an app of others may use the account. */
export const consent = {
  title: 'Allow this app?',
  asks: 'wants to:',
  as: (username: string) => `You’re signed in as ${isolate(username)}.`,
  allow: 'Allow',
  cancel: 'Cancel',
  privacy: 'Its privacy policy',
  terms: 'Its terms',
  scopes: {
    openid: 'Know which account of this service is yours',
    profile: 'See your user name and your name',
    offline_access: 'Keep you signed in',
  } as Readonly<Record<string, string>>,
  otherScope: (name: string) => `Use “${isolate(name)}” for you`,
};

/** What apps lead to that can't go on. */
export const appProblems = {
  title: 'This doesn’t lead on',
  text: 'Go back to the app and begin again. If it happens again, tell whoever makes the app:',
  expiredTitle: 'This took a while',
  expired: 'The sign-in has expired. Go back to the app and begin again.',
};

/** Signing out, as an app asks for it. */
export const signOut = {
  title: 'Sign out?',
  text: 'An app asks you to sign out here. You will be signed out of every app in this browser.',
  yes: 'Sign out',
  no: 'Stay signed in',
  doneTitle: 'You’re signed out',
  done: 'You can close this page.',
};

/** What is wrong with the names that a person chose. */
export const names = {
  usernameMissing: 'Choose a user name.',
  noSpaces: 'A user name has no spaces.',
  tooLong: 'That’s too long. Please shorten it.',
  unusable: 'Some of these characters can’t be used. Please choose others.',
};

/** What the sign-in page says to those who come from another one, by note. */
export const farewells: Readonly<Record<string, string>> = {
  'signed-out': 'You’re signed out.',
  'account-deleted': 'Your account was deleted.',
  'session-ended': 'You were signed out. Sign in again to go on.',
};

/** How a person unlocks a device, to go into a sentence. */
export const unlocking: Readonly<Record<Platform, string>> = {
  iOS: 'Face ID, Touch ID or your passcode',
  Mac: 'Touch ID or your password',
  Windows: 'Windows Hello',
  Android: 'your fingerprint, face or screen lock',
  other: 'your fingerprint, face, PIN or security key',
};

/** What keeps a browser from using passkeys, and what to do: in the page's HTML. */
export const obstacles = {
  otherAddress: 'Signing in works at another address.',
  /** The address follows. */
  openAt: 'Open this page at',
  noCookies: 'Cookies are blocked.',
  allowCookies:
    'Signing in needs them. Allow cookies for this site in your browser’s settings, then reload this page.',
  noPasskeys: 'Passkeys don’t work in this browser.',
  needsHttps: 'Open this page with https:// at the start of its address.',
  openInSafari: 'Open this page in Safari.',
  openInBrowser: 'Open this page in Chrome or another browser.',
  updateApple: 'Open this page in Safari or another up-to-date browser.',
  updateBrowser: 'Open this page in an up-to-date browser, such as Chrome, Edge or Firefox.',
};

/** What is offered right after a sign-in. */
export const offers = {
  updateTitle: 'Update your passkey',
  update: 'Update',
  legacy:
    'Your passkey only works on this device. Update it, and it will be on your other devices too.',
  formerDomain:
    'Our address has changed. Update your passkey once, and it goes on working for you here.',
  /** Announces the first of two prompts. */
  confirmFirst: (text: string) => `${text} You will first confirm that it’s you.`,
  addTitle: 'Add a passkey on this device',
  add: 'Add a passkey',
  local: localPasskey,
  afterApple: 'With a passkey you can sign in without Apple, too.',
  notAdded,
};

/** What is said while the person is asked for something. */
export const prompts = {
  confirmFirst: 'First confirm that it’s you.',
};

/** Why a passkey could not be put in the place of another one. */
export const updating = {
  cancelled: 'Nothing has changed. You can try again.',
  useItFirst: 'Sign in with the passkey that you want to update, then try again.',
};

/** An address at which there is nothing. */
export const notFound = {
  title: 'Page not found',
  text: 'There is nothing at this address.',
  goOn: 'Go to the start page',
};

/** The service can't answer at the moment. */
export const unavailable = {
  title: 'Please try again',
  text: 'The service can’t answer right now. Nothing was lost.',
  goOn: 'Try again',
};

/** The browser sends more than the service reads; the address of the site follows. */
export const tooManyCookies = {
  title: 'Too many cookies',
  text: 'Your browser holds more cookies for this site than it can send. In the settings of your browser, delete the cookies of this site and of the domains above it, then try again:',
};

const things = (passkeys: number, recovery: boolean): string => {
  const keys = passkeys === 1 ? 'One passkey' : `${passkeys} passkeys`;
  if (!recovery) return keys;
  return passkeys ? `${keys} and your recovery code` : 'Your recovery code';
};

/** Notes that only the passkeys of their owner open. */
export const notes = {
  title: 'Private notes',
  about: 'Encrypted on your device. Your passkeys open them; the service can’t.',
  start: 'Start private notes',
  open: 'Open',
  openOther: 'Use another passkey',
  notOpened: 'Nothing was opened. You can try again.',
  useCode: 'Use your recovery code',
  code: 'Recovery code',
  locked: 'Your notes are locked.',
  lock: 'Lock',
  add: 'New note',
  note: 'Note',
  search: 'Search',
  none: 'No notes yet.',
  notFound: 'No note has that in it.',
  editNamed: (name: string) => `Edit ${isolate(name)}`,
  delete: 'Delete',
  deleteNamed: (name: string) => `Delete ${isolate(name)}`,
  deleteTitle: 'Delete this note?',
  deleteText: 'It is gone for good.',
  saved: 'Your note was saved.',
  download: 'Download all notes',
  deleteAll: 'Delete all notes',
  deleteAllTitle: 'Delete all notes?',
  deleteAllText: 'They are gone for good, and so is your recovery code for them.',
  allDeleted: 'Your notes were deleted.',
  /** Asks for one more prompt, and says why. */
  confirmOnce:
    'Confirm once more with your passkey: then it is certain that it always opens your notes.',
  confirm: 'Confirm your passkey',
  addWay: 'Let another passkey open them',
  /** How many ways there are to open the notes, and whether that is enough. */
  ways: (passkeys: number, recovery: boolean) => {
    const ways = passkeys + Number(recovery);
    if (!ways) return 'Your passkey is asked once more when you save your first note.';
    const opens = `${things(passkeys, recovery)} ${ways === 1 ? 'opens' : 'open'} your notes.`;
    return ways === 1
      ? `${opens} If you lose it, they are lost for good. Let a second passkey open them, or make a recovery code.`
      : opens;
  },
  makeCode: 'Make a recovery code',
  renewCode: 'Make a new recovery code',
};

/** Why a vault did not do what was asked, by code. */
export const vaultProblems: Readonly<Record<string, string>> = {
  vault_locked: 'Your notes are locked. Open them first.',
  vault_missing: 'There are no notes yet.',
  vault_unconfirmed:
    'Please confirm once more with your passkey, or make a recovery code. Then nothing of what you write can be lost.',
  vault_other_passkey:
    'This passkey can’t open your notes yet. Open them once with another passkey or with your recovery code; from then on, this one can, too.',
  vault_answer_changed:
    'This passkey doesn’t open your notes on this device, although it does elsewhere. That can happen after a move or an update. Open them once with another passkey or with your recovery code; from then on, this one works here, too.',
  vault_answer_unsteady:
    'This passkey gives another key every time, so it can’t open your notes. Use another passkey or your recovery code.',
  vault_no_answer:
    'This passkey, or this browser, can’t open notes. Use another passkey, an up-to-date browser, or your recovery code.',
  vault_not_verified:
    'Your notes open only if the passkey checks that it’s you. Set up a screen lock or a PIN for it, then try again.',
  vault_answer_malformed:
    'This passkey gave a key that can’t be used here. Use another passkey or your recovery code.',
  vault_code_mistyped: 'There is a slip in that code. Please check it.',
  vault_code_wrong: 'That code doesn’t open your notes. Perhaps there is a newer one.',
  vault_conflict: 'Your notes were changed elsewhere at the same time. Please try again.',
  vault_too_large: 'That is more than your notes can hold. Shorten it, or delete another note.',
  vault_damaged:
    'Your notes can’t be read: they are not what was stored. Please ask whoever runs this service.',
};

/** What passkeys do here beside signing in: for whoever is about to delete one. */
export const aboutVault = {
  title: 'What your passkeys protect',
  whatTitle: 'More than signing in',
  what: 'You can keep private notes in your account. They are encrypted on your device, and your passkeys open them. The service stores them without being able to read them.',
  lossTitle: 'If you delete a passkey',
  loss: 'That passkey can’t open your notes any more. Your other passkeys and your recovery code still can. If nothing else opens them, they are lost for good, and nobody can bring them back.',
  beforeTitle: 'Before you delete one',
  before:
    'Open your account and see how many ways there are to open your notes. Let a second passkey open them, or make a recovery code.',
  goOn: 'Go to your account',
};

export const dates = {
  dayAndTime: (day: string, time: string) => `${day}, ${time}`,
};

/** What went wrong, by problem code and reason, or by the name of the browser's exception. */
export const problems = {
  cancelled: 'No passkey was used. You can try again.',
  general: 'Something went wrong. Please try again.',
  unlock: (how: string) => `Please use ${how}.`,
  /** `when` is "in 2 minutes". */
  tooMany: (when: string) => `Too many tries. Please try again ${when}.`,
  byCode: {
    unreachable:
      'The server can’t be reached. Nothing was lost. Check your connection and try again.',
    cookies_blocked: 'Cookies are blocked. Allow them for this site, then reload the page.',
    unconfirmed: 'We can’t tell whether that worked. Try to sign in with the new passkey.',
    invalid_request:
      'Your browser sent something that can’t be used here. Reload the page, or try another browser.',
    challenge_invalid: 'That took a little too long. Please try again.',
    origin_mismatch: 'That passkey was used at another address. Reload the page and try again.',
    cross_site_request: 'This page is not at its own address. Open it there.',
    verification_failed: 'This passkey could not be checked. Please try again.',
    'verification_failed malformed-key':
      'The new passkey has an error that your browser or password manager made. Update it, or use another one.',
    'verification_failed malformed-signature':
      'Your browser or password manager made an error with this passkey. Update it, or use another passkey.',
    step_up_required:
      'Please confirm with another passkey. If you have no other, ask whoever runs this service.',
    assurance_unmet:
      'None of your passkeys is strong enough for that page. Add one that never leaves its device, such as a security key, and then continue here.',
    'step_up_required apple': 'Sign in with Apple once more, and then try this again.',
    recovery_required: 'Add a passkey first.',
    sign_up_closed:
      'You can’t open an account here by yourself. Ask whoever runs this service for an invitation.',
    account_disabled: 'This account is switched off. Please ask whoever runs this service.',
    authenticator_not_allowed:
      'This account takes other kinds of passkeys only. Use another device or a security key.',
    apple_not_allowed: 'This account can’t be opened with Apple. Use a passkey.',
    credential_unknown: 'This passkey is no longer used here. Choose another one.',
    username_taken: 'This user name is taken. Please choose another one.',
    too_many_requests: 'Too many tries. Please wait a moment.',
    internal_error: 'Something went wrong on our side. Please try again.',
    apple_unavailable: 'Apple can’t be reached right now. Please try again in a moment.',
    apple_misconfigured: 'Sign in with Apple doesn’t work here right now. Use a passkey.',
    unavailable: 'The service is taking a short break. Please try again in a moment.',
    InvalidStateError: 'This device already has a passkey for this account.',
    NotSupportedError: 'This device can’t make a passkey that works here.',
    ConstraintError: 'Set up a screen lock, such as a fingerprint or a PIN, on this device first.',
    SecurityError:
      'This browser can’t use that passkey at this address. Try another passkey or another browser.',
  } as Readonly<Record<string, string>>,
};

/** The same for what only goes wrong with an account that is open. */
export const accountProblems: Readonly<Record<string, string>> = {
  unauthenticated: 'You’re signed out. Sign in again.',
  account_changed: 'Another account has signed in since. Reload the page.',
  credential_exists: 'This passkey has already been added.',
  credential_limit: 'This account has as many passkeys as it can hold. Delete one first.',
  apple_taken: 'This Apple Account is linked with another account here.',
  apple_linked: 'Your account is linked with another Apple Account. Unlink that one first.',
  last_credential: 'Your only passkey can’t be deleted. Add another one first.',
  not_found: 'That is no longer there. Reload the page.',
  conflict: 'That was changed elsewhere at the same time. Please try again.',
  last_envelope:
    'Nothing else opens your notes. Let another passkey or a recovery code open them first, or delete the notes.',
};

export const account = {
  title: 'Account',
  deleteAccount: 'Delete account',
  deleteTitle: (username: string) => `Delete ${isolate(username)}’s account?`,
  deleteText:
    'Everything in it is removed for good and your passkeys stop working. This can’t be undone.',
  notDeleted: 'Your account was not deleted.',
  changed: 'Your names were changed.',
  notChanged: 'Nothing was changed.',
};

/** Sign in with Apple on the account page. */
export const appleAccount = {
  title: 'Sign in with Apple',
  whatFor: 'Link your Apple Account, and you can sign in with it, too.',
  link: 'Link your Apple Account',
  linked: (day: string) => `Linked ${day}.`,
  linkedAs: (address: string, day: string) => `${isolate(address)}, linked ${day}.`,
  revoked: 'You stopped using your Apple Account here. You can allow it again.',
  again: 'Allow it again',
  unlink: 'Unlink',
  unlinkTitle: 'Unlink your Apple Account?',
  unlinkText: 'You can’t sign in with it any more. Apple is told.',
  notUnlinked: 'Nothing was unlinked. You can try again.',
  unlinked: 'Your Apple Account was unlinked.',
  unlinkedHere:
    'Your Apple Account was unlinked here. Apple could not be told: open Settings on your device, then your name, then Sign in with Apple, and stop using it there, too.',
  welcome:
    'Welcome. Add a passkey, and you can sign in without Apple, too. Your user name was made up for you: “Edit” changes it then.',
};

export const passkeys = {
  add: 'Add a passkey',
  added: passkeyAdded,
  notAdded,
  notDeleted: 'Nothing was deleted. You can try again.',
  updated: passkeyUpdated,
  deleted: (name: string) => `${quote(name)} was deleted.`,
  only: 'Your only passkey can’t be deleted. Add another one first.',
  /** Names of buttons, for those who hear them one by one. */
  updateNamed: (name: string) => `Update ${isolate(name)}`,
  renameNamed: (name: string) => `Rename ${isolate(name)}`,
  delete: 'Delete',
  deleteNamed: (name: string) => `Delete ${isolate(name)}`,
  deleteTitle: (name: string) => `Delete ${quote(name)}?`,
  deleteText: (username: string) =>
    `You can’t sign in to ${isolate(username)}’s account with this passkey any more. Your device may go on showing it until you remove it there too.`,
  /** Tells passkeys of one name apart. */
  createdThen: (name: string, time: string) => `${isolate(name)}, created ${time}`,
  forDomain: (domain: string) => `For ${domain}`,
  openedSession: 'You are signed in with this one',
  created: (day: string) => `Created ${day}`,
  lastUsed: (day: string) => `Last used ${day}`,
  notUsed: 'Not used yet',
  legacyHere: 'Older kind: works on this device only',
  legacyElsewhere: 'Older kind: works on one device only',
  deviceBound: 'On one device only',
  synced: 'Synced',
  notSynced: 'Not synced',
  updateElsewhere: 'Sign in with it on the device where it lives, and we will offer to update it.',
  states: {
    active: '',
    superseded: 'Replaced. You can delete it if you no longer see it in your password manager.',
    'suspected-clone':
      'We saw a sign that this key was copied. If you can’t explain it, sign in with another passkey and delete this one, or ask whoever runs this service.',
    revoked: 'No longer accepted.',
  },
  /** The same as of `suspected-clone`, if the suspicion ends by itself; `day` is "3 Mar 2027". */
  suspectedUntil: (day: string) =>
    `We saw a sign that this key was copied. If you can’t explain it, sign in with another passkey and delete this one. If you have no other: from ${day} on, it is trusted again once you confirm with it.`,
  suspectedLongEnough:
    'We saw a sign that this key was copied, but none since. It is trusted again once you confirm that it’s you with it.',
  suggestions: {
    'backup-lost':
      'The passkey that you signed in with is no longer synced. With a second one you can still sign in if you lose the device.',
    'second-passkey':
      'Your only passkey is on one device. With a second one you can still sign in if you lose it.',
    'local-passkey': localPasskey,
  },
};

export const sessions = {
  here: 'This device',
  unknownDevice: 'Unknown device',
  /** Tells like devices apart. */
  signedInThen: (device: string, time: string) => `${device}, signed in ${time}`,
  since: (day: string) => `Signed in ${day}`,
  endNamed: (device: string) => `Sign out ${device}`,
  ended: (device: string) => `${device} was signed out.`,
  endOthersTitle: 'Sign out everywhere else?',
  endOthersText: (username: string) =>
    `${isolate(username)} stays signed in here, and nowhere else.`,
  endOthers: 'Sign out',
  othersEnded: 'You’re signed out everywhere else.',
};

/** What the account page says to those who come from another one, by note. */
export const arrivals: Readonly<Record<string, string>> = {
  'confirmed-with-apple': 'You confirmed with Apple. You can delete the account now.',
  'account-changed':
    'Another account has signed in here in the meantime. You see it now; nothing was changed.',
  'passkey-added': passkeyAdded,
  'passkey-updated': passkeyUpdated,
  recovered:
    'You’re back in, and your recovery code or link is used up. Delete the passkeys that you have lost.',
};

/** What happened in the account, by kind. `passkey` is a name in quotes, or `aPasskey`. */
export const activity = {
  aPasskey: 'a passkey',
  quote,
  byKind: {
    'account-created': () => 'Account created',
    'recovery-code-set': () => 'Made a recovery code',
    'recovery-code-removed': () => 'Removed the recovery code',
    'recovered-by-code': () => 'Used the recovery code',
    'recovery-address-set': () => 'Confirmed a mail address for recovery',
    'recovery-address-removed': () => 'Removed the mail address for recovery',
    'recovery-started': () => 'Began a recovery by mail',
    'recovered-by-mail': () => 'Recovered the account by mail',
    'recovery-stopped': () => 'Stopped a recovery by mail',
    'enrolment-offered': () => 'The service made a link that adds a passkey',
    enrolled: () => 'Used the service’s link to add a passkey',
    'account-opened': () => 'Account opened by the service',
    'account-imported': () => 'Account moved here',
    'account-changed': () => 'Name changed',
    'account-disabled': () => 'Account switched off by the service',
    'account-enabled': () => 'Account switched on again by the service',
    'policy-assigned': () => 'Rules for your passkeys changed by the service',
    'passkey-added': (passkey) => `Added ${passkey}`,
    'passkey-renamed': (passkey) => `Renamed ${passkey}`,
    'passkey-deleted': (passkey) => `Deleted ${passkey}`,
    'passkey-upgraded': (passkey) => `Updated ${passkey}`,
    'passkey-reactivated': (passkey) => `Used ${passkey} again after it was replaced`,
    'passkey-revoked': (passkey) => `The service stopped accepting ${passkey}`,
    'passkey-restored': (passkey) => `The service accepts ${passkey} again`,
    'passkey-refused': (passkey) => `Refused ${passkey}: this kind is not allowed`,
    'upgrade-postponed': (passkey) => `Put off updating ${passkey}`,
    'backup-lost': (passkey) => `No longer synced: ${passkey}`,
    'signed-in': (passkey) => `Signed in with ${passkey}`,
    'stepped-up': (passkey) => `Confirmed that it’s you with ${passkey}`,
    'signed-out': () => 'Signed out',
    'other-sessions-ended': () => 'Signed out everywhere else',
    'session-ended': () => 'Signed out another device',
    'account-created-with-apple': () => 'Account created with Apple',
    'signed-in-with-apple': () => 'Signed in with Apple',
    'apple-linked': () => 'Linked your Apple Account',
    'apple-returned': () => 'Allowed Sign in with Apple again',
    'apple-transferred': () => 'Your Apple Account was recognised after the service moved',
    'apple-address-changed': () => 'Apple told another e-mail address of yours',
    'apple-unlinked': () => 'Unlinked your Apple Account',
    'apple-consent-revoked': () => 'Stopped Sign in with Apple in the Apple Account settings',
    'apple-account-deleted': () => 'The Apple Account was deleted, and its link with it',
    'apple-mail-disabled': () => 'Stopped mail through Apple’s relay',
    'apple-mail-enabled': () => 'Allowed mail through Apple’s relay again',
    'apple-tokens-expired': () => 'Signed out where Apple had signed you in',
    'app-signed-in': () => 'Signed in to an app',
    'consent-given': () => 'Allowed an app to use your account',
    'refresh-token-reused': () =>
      'An app was signed out, because somebody else may have copied its key',
    'sessions-ended': () => 'Signed out everywhere by the service',
    'vault-created': () => 'Made a vault',
    'vault-deleted': () => 'Deleted the vault',
    'vault-passkey-added': (passkey) => `Your vault can be opened with ${passkey}`,
    'vault-passkey-removed': (passkey) => `Your vault can no longer be opened with ${passkey}`,
    'vault-code-added': () => 'Made a recovery code for your vault',
    'vault-code-removed': () => 'A recovery code for your vault stopped working',
    'vault-key-rotated': () => 'Changed the key of your vault',
    'vault-answer-changed': (passkey) => `A different key for your vault came from ${passkey}`,
    'sign-count-regressed': (passkey) => `A sign that a copy exists of ${passkey}`,
    'clone-suspicion-cleared': (passkey) => `No more signs that a copy exists of ${passkey}`,
    'backup-eligibility-changed': (passkey) => `Something unusual about ${passkey}`,
  } as Readonly<Record<string, (passkey: string) => string>>,
};
