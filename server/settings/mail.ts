import { z } from 'zod';
import { parseMailAddress } from '../policy/mail-address.ts';
import { feature } from './feature.ts';

interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte. `starttls`: no mail without it. `off`: for a network that is trusted. */
  readonly tls: 'implicit' | 'starttls' | 'off';
  readonly login: { readonly user: string; readonly pass: string } | undefined;
}

interface Sender {
  readonly name: string;
  readonly address: string;
}

/** How mail is sent; nothing is if there is none. */
interface MailSettings {
  readonly mail:
    | {
        readonly server: MailServer;
        readonly from: Sender;
        /** To addresses of Apple's relay, which takes mail from registered senders alone. */
        readonly relayFrom: Sender;
      }
    | undefined;
}

const loopback = ['localhost', '127.0.0.1', '[::1]'];
const expected = 'expected smtp://USER:PASSWORD@HOST:PORT or smtps://…';

/** What is wrong never quotes the text: it holds a password. */
const server = z.string().transform((text, context): MailServer => {
  const problem = (words: string) => {
    context.addIssue(words);
    return z.NEVER;
  };
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^smtps?:$/.test(url.protocol) || url.hostname === '') {
    return problem(expected);
  }
  if (!/^\/?$/.test(url.pathname) || url.hash !== '') return problem('nothing follows the port');
  const isOff = url.search === '?tls=off';
  if (url.search !== '' && !isOff) return problem('the only option that may follow is ?tls=off');
  if (isOff && url.protocol === 'smtps:')
    return problem('smtps:// has TLS, so ?tls=off is a contradiction');
  if ((url.username === '') !== (url.password === '')) {
    return problem('a user name and a password belong together');
  }
  const implicit = url.protocol === 'smtps:';
  const inside = isOff || loopback.includes(url.hostname);
  try {
    const [user, pass] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return {
      host: url.hostname.replaceAll(/[[\]]/g, ''),
      port: url.port === '' ? (implicit ? 465 : 587) : Number(url.port),
      tls: implicit ? 'implicit' : inside ? 'off' : 'starttls',
      login: user === '' ? undefined : { user, pass },
    };
  } catch {
    return problem('the user name or the password is not percent-encoded');
  }
});

const sender = z.string().transform((text, context): Sender => {
  const [, name = '', inAngles] = /^([^<>"\p{Cc}]*)<([^<>]*)>$/u.exec(text) ?? [];
  const address = parseMailAddress(inAngles ?? text);
  if (address !== null) return { name: name.trim(), address };
  context.addIssue('expected an address, such as Example <no-reply@example.com>');
  return z.NEVER;
});

export const mail = feature({
  fields: {
    SMTP_URL: server.optional(),
    MAIL_FROM: sender.optional(),
    APPLE_RELAY_FROM: sender.optional(),
  },
  rules: [
    ({ SMTP_URL, MAIL_FROM }) =>
      SMTP_URL !== undefined && MAIL_FROM === undefined
        ? 'MAIL_FROM: required with SMTP_URL'
        : null,
    ({ SMTP_URL, MAIL_FROM }) =>
      MAIL_FROM !== undefined && SMTP_URL === undefined
        ? 'SMTP_URL: required with MAIL_FROM'
        : null,
    ({ APPLE_RELAY_FROM, MAIL_FROM }) =>
      APPLE_RELAY_FROM !== undefined && MAIL_FROM === undefined
        ? 'APPLE_RELAY_FROM: it is for mail, which MAIL_FROM and SMTP_URL turn on'
        : null,
  ],
  settings: ({ SMTP_URL, MAIL_FROM: from, APPLE_RELAY_FROM: relayFrom = from }): MailSettings => ({
    mail: SMTP_URL && from && relayFrom && { server: SMTP_URL, from, relayFrom },
  }),
});
