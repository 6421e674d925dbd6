/** A real mail server for tests: it takes mail, and keeps it for whoever asks. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

export interface ReceivedMail {
  /** The recipients of the envelope. */
  readonly to: readonly string[];
  readonly from: string;
  readonly subject: string;
  readonly messageId: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Mailbox {
  readonly port: number;
  /** `SMTP_URL` and `MAIL_FROM` for a server that sends to it. */
  readonly env: Readonly<Record<string, string>>;
  /** All mail, the oldest first. */
  readonly received: readonly ReceivedMail[];
  /** Mail to this address, the oldest first. */
  to(address: string): ReceivedMail[];
  /** What it answers a recipient or a mail with, instead of taking it. */
  refuse: ((address: string) => { code: number; text: string } | null) | null;
  close(): Promise<void>;
}

/** @param port the one of a mail server that was closed, to come back as that */
export async function openMailbox(port = 0): Promise<Mailbox> {
  const received: ReceivedMail[] = [];
  const mailbox: Pick<Mailbox, 'refuse'> = { refuse: null };
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onRcptTo({ address }, _session, callback) {
      const refusal = mailbox.refuse?.(address) ?? null;
      if (refusal === null) return callback();
      callback(Object.assign(new Error(refusal.text), { responseCode: refusal.code }));
    },
    onData(stream, { envelope }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          received.push({
            to: envelope.rcptTo.map(({ address }) => address),
            from: mail.from?.address ?? '',
            subject: mail.subject ?? '',
            messageId: mail.messageId ?? '',
            text: mail.text ?? '',
            html: mail.html ?? '',
            headers: Object.fromEntries(mail.headers.map(({ key, value }) => [key, value])),
          });
          callback();
        }, callback);
      });
    },
  });
  server.on('error', () => {});
  server.listen(port, 'localhost');
  await once(server.server, 'listening');
  const listening = (server.server.address() as AddressInfo).port;
  return Object.assign(mailbox, {
    port: listening,
    env: {
      SMTP_URL: `smtp://localhost:${listening}`,
      MAIL_FROM: 'Example <no-reply@example.com>',
    },
    received,
    to: (address: string) => received.filter(({ to }) => to.includes(address)),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

/** The first link in a mail that leads to this page. */
export function linkIn({ text }: ReceivedMail, path: string): string {
  const found = new RegExp(`https?://\\S*${path}\\S*`).exec(text);
  if (found === null) throw new Error(`no link to ${path} in: ${text}`);
  return found[0];
}
