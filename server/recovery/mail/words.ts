/** Every sentence that mails say, in English. */
import { describeDevice } from '../../policy/device.ts';
import type { Notice } from '../../records/notice.ts';
import type { Asked } from './message.ts';

/** A mail before it is text or HTML. */
export interface Letter {
  readonly subject: string;
  readonly title: string;
  /** What happened, in a few sentences. */
  readonly text: readonly string[];
  /** To be typed. */
  readonly code?: string;
  readonly action?: { readonly label: string; readonly url: string };
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** What to do if it was somebody else. */
  readonly otherwise: readonly string[];
}

/** Of the service, and of whom it writes to. */
export interface Setting {
  readonly origin: string;
  readonly site: string;
  /** Null if it is not known any more, or if it must not be named to whoever has the mailbox. */
  readonly username: string | null;
  readonly help: string | undefined;
}

interface Told {
  readonly title: string;
  readonly text: string;
}

/** What happened. Every kind of notice has a row, or this does not compile. */
const notices: Readonly<Record<Notice['of'], Told>> = {
  'passkey-added': {
    title: 'A passkey was added',
    text: 'A new passkey can sign in to your account.',
  },
  'passkey-upgraded': {
    title: 'A passkey was updated',
    text: 'A new passkey has taken the place of an older one.',
  },
  'passkey-deleted': {
    title: 'A passkey was deleted',
    text: 'One of your passkeys can’t sign in to your account any more.',
  },
  'passkey-revoked': {
    title: 'A passkey is no longer accepted',
    text: 'The service has stopped accepting one of your passkeys.',
  },
  'passkey-restored': {
    title: 'A passkey is accepted again',
    text: 'The service accepts one of your passkeys again.',
  },
  'sign-count-regressed': {
    title: 'A passkey may have been copied',
    text: 'There was a sign that a copy of one of your passkeys exists, so it was refused.',
  },
  'apple-linked': {
    title: 'An Apple Account was linked',
    text: 'Whoever signs in with it at Apple gets into your account.',
  },
  'apple-unlinked': {
    title: 'Your Apple Account was unlinked',
    text: 'Signing in with Apple does not lead to your account any more.',
  },
  'apple-consent-revoked': {
    title: 'Sign in with Apple was stopped',
    text: 'It was stopped in the settings of your Apple Account. Signing in with Apple again leads to your account as before.',
  },
  'apple-account-deleted': {
    title: 'Your Apple Account is gone',
    text: 'Apple says that it was deleted, so it can’t sign in to your account any more.',
  },
  'account-disabled': {
    title: 'Your account was switched off',
    text: 'Nobody can sign in to it until the service switches it on again.',
  },
  'account-enabled': {
    title: 'Your account was switched on again',
    text: 'You can sign in as before.',
  },
  'account-deleted': {
    title: 'Your account was deleted',
    text: 'Everything in it is gone, and no passkey signs in to it any more.',
  },
  'recovery-code-set': {
    title: 'You have a new recovery code',
    text: 'Whoever has it can get into your account, once. A code from before no longer works.',
  },
  'recovery-code-removed': {
    title: 'Your recovery code was removed',
    text: 'It can’t bring you back into your account any more.',
  },
  'recovered-by-code': {
    title: 'Your recovery code was used',
    text: 'Somebody got back into your account with it and can add a passkey.',
  },
  'enrolment-offered': {
    title: 'A link to your account was made',
    text: 'The service has made a link with which a passkey can be added to your account, once.',
  },
  enrolled: {
    title: 'A link to your account was used',
    text: 'Somebody got into your account with a link of the service and can add a passkey.',
  },
  'recovery-address-set': {
    title: 'Your mail address was changed',
    text: 'From now on, mail about your account goes to another address.',
  },
  'recovery-address-removed': {
    title: 'Your mail address was removed',
    text: 'Nobody can recover your account by mail any more, and this is the last mail about it.',
  },
  'recovery-started': {
    title: 'Somebody is recovering your account',
    text: 'They opened a link from this mailbox, and wait to be let in without a passkey.',
  },
  'recovered-by-mail': {
    title: 'Your account was recovered',
    text: 'Somebody got back into your account with a link from this mailbox and can add a passkey.',
  },
  'recovery-stopped': {
    title: 'A recovery was stopped',
    text: 'Nobody gets into your account by it.',
  },
};

/** @param stopUrl what the button of a recovery that waits leads to */
export function noticeLetter(
  setting: Setting,
  { of, at, evidence }: Notice,
  stopUrl: string | null,
): Letter {
  const { title, text } = notices[of];
  const opensAt = 'opensAt' in evidence ? evidence.opensAt : null;
  const waits = opensAt === null ? [] : [`They get in on ${time(opensAt)}, unless it is stopped.`];
  return {
    subject: `${title} – ${setting.site}`,
    title,
    text: [text, ...waits],
    action: stopUrl === null ? whereTo(setting, of) : { label: 'Stop it', url: stopUrl },
    facts: [...account(setting), ['When', time(at)], ...source(evidence)],
    otherwise: stopUrl === null ? ifNotYou(setting, of) : stopping(setting),
  };
}

export function addressCodeLetter(setting: Setting, asked: Asked, code: string): Letter {
  return {
    subject: `${code} is your code – ${setting.site}`,
    title: 'Confirm your mail address',
    text: ['Type this code where you were asked for it. It is good for 10 minutes.'],
    code,
    facts: [['When', time(asked.at)], ...source(asked)],
    otherwise: [
      'If you didn’t ask for it, do nothing: without the code, nothing happens. Never tell it to anybody.',
    ],
  };
}

export function recoveryLetter(setting: Setting, asked: Asked, url: string): Letter {
  return {
    subject: `Get back into your account – ${setting.site}`,
    title: 'Get back into your account',
    text: [
      'Open this link in the browser in which you asked for it. It is good for a day.',
      'Opening it does nothing yet: you will be asked how to go on.',
    ],
    action: { label: 'Go on', url },
    facts: [...account(setting), ['When', time(asked.at)], ...source(asked)],
    otherwise: [
      'If you didn’t ask for it, do nothing. The link works only in the browser of whoever asked, so don’t pass it on.',
    ],
  };
}

const account = ({ username }: Setting): [string, string][] =>
  username === null ? [] : [['Account', username]];

function whereTo({ origin, username }: Setting, of: Notice['of']): Letter['action'] & object {
  return username === null || of === 'account-deleted'
    ? { label: 'Go to the service', url: origin }
    : { label: 'See your account', url: `${origin}/account` };
}

function ifNotYou({ help }: Setting, of: Notice['of']): string[] {
  const ask = help === undefined ? 'ask whoever runs this service' : `get help: ${help}`;
  if (of === 'account-deleted') return [`If this wasn’t you, ${ask}.`];
  return [
    `If this wasn’t you: sign in, delete the passkeys that you don’t know, and choose “Sign out everywhere else”. If you can’t sign in, ${ask}.`,
  ];
}

const stopping = ({ origin }: Setting): string[] => [
  'If this is you, there is nothing to do but wait. Come back then with the link and the browser that you used.',
  `If this isn’t you, stop it: with the button above, by signing in with a passkey, or on your account page (${origin}/account). Then change the password of this mailbox.`,
];

/** Who did it, as far as it is known. */
function source(evidence: object): [string, string][] {
  const by = 'by' in evidence ? evidence.by : null;
  if (by === 'admin' || by === 'key') return [['By', 'Whoever runs this service']];
  if (by === 'apple') return [['By', 'Apple']];
  const { userAgent, country } = evidence as Partial<Asked>;
  const device = describeDevice(userAgent ?? null) ?? 'Unknown device';
  return [['Device', device], ...(country ? [['Place', place(country)] as [string, string]] : [])];
}

const regions = new Intl.DisplayNames('en', { type: 'region' });

const place = (country: string): string => regions.of(country) ?? country;

/** In UTC: nobody knows where the mail is read. */
function time(at: number): string {
  const format = new Intl.DateTimeFormat('en-GB', {
    ...{ timeZone: 'UTC', dateStyle: 'long', timeStyle: 'short' },
  });
  return `${format.format(at)} UTC`;
}
