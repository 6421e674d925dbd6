/**
 * Sends a mail: the only importer of nodemailer, which is loaded for the first one.
 *
 * Guarantees: a mail goes to one address, which was parsed before and is handed over apart from its headers; nothing
 * is read from a file or fetched on the way; what is thrown names neither the address nor a password.
 */
import type { Config } from '../../config.ts';
import { isAppleRelay } from '../../policy/apple-relay.ts';
import { parseMailAddress } from '../../policy/mail-address.ts';

export interface Mail {
  /** The same for every attempt, so that a mail that arrives twice can be recognised. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The mail server has refused the recipient or the mail for good: another attempt would be refused, too. */
export class RefusedMail extends Error {
  override readonly name = 'RefusedMail';
}

const timeoutMs = 10_000;

export function mailTransport(
  { server, from, relayFrom }: NonNullable<Config['mail']>,
  domain: string,
): (mail: Mail) => Promise<void> {
  let opened: ReturnType<typeof openTransport> | undefined;

  return async ({ id, to, ...content }) => {
    if (parseMailAddress(to) !== to) throw new RefusedMail('not one address');
    const isRelayed = isAppleRelay(to);
    const sender = isRelayed ? relayFrom : from;
    opened ??= openTransport(server);
    const transport = await opened;
    try {
      await transport.sendMail({
        ...content,
        from: sender,
        to: { name: '', address: to },
        envelope: { from: sender.address, to: [to] },
        messageId: `<${id}@${domain}>`,
        // RFC 3834 §5: no vacation notices in answer.
        headers: { 'auto-submitted': 'auto-generated' },
      });
    } catch (error) {
      const told = toldOf(error as SmtpError);
      throw isRelayed && told instanceof RefusedMail
        ? new RefusedMail(`${told.message}: ${unregistered(sender.address)}`)
        : told;
    }
  };
}

async function openTransport({ host, port, tls, login }: NonNullable<Config['mail']>['server']) {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    ...{ host, port, secure: tls === 'implicit' },
    ...{ requireTLS: tls === 'starttls', ignoreTLS: tls === 'off' },
    ...(login && { auth: login }),
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
}

/** How Apple's relay refuses a sender looks like an unknown mailbox (550 5.1.1), so it is explained. */
const unregistered = (address: string) =>
  `Apple's relay takes mail from registered senders alone: register ${address.replace(/^.*@/, '')} with Apple, and have SPF and DKIM pass for it`;

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** What the server answered may quote the address, so only its status is kept. */
function toldOf({ code = 'error', responseCode, command = '' }: SmtpError): Error {
  const told = ['mail server:', code, command, responseCode].filter(Boolean).join(' ');
  // RFC 5321 §4.2.1: 5xx is for good. About the login or the sender it is the operator's to mend, and then worth another try.
  const isForGood = (responseCode ?? 0) >= 500 && ['RCPT TO', 'DATA'].includes(command);
  return isForGood ? new RefusedMail(told) : new Error(told);
}
