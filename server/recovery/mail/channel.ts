/** Makes the mails of the outbox and sends them. */
import type { Deps } from '../../deps.ts';
import { isAppleRelay } from '../../policy/apple-relay.ts';
import { mailAddressKey, parseMailAddress } from '../../policy/mail-address.ts';
import { recoveryOutcome } from '../../policy/recovery.ts';
import { normalizeUsername, usernameKeys } from '../../policy/username.ts';
import type { Notice } from '../../records/notice.ts';
import type { Channel, Delivery, Message } from '../../records/outbox.ts';
import type { AddressOwner } from '../../store/mail.ts';
import { linkTtlMs } from '../by-mail.ts';
import { addressCode, hashOfToken, recoveryToken, vetoToken } from '../mail-secrets.ts';
import type { MailMessage } from './message.ts';
import { htmlOf, textOf } from './render.ts';
import { mailTransport, RefusedMail } from './transport.ts';
import {
  addressCodeLetter,
  type Letter,
  noticeLetter,
  recoveryLetter,
  type Setting,
} from './words.ts';

type Given = Pick<Deps, 'config' | 'keys' | 'now' | 'store'>;

const codeTtlMs = 10 * 60_000;
const dayMs = 86_400_000;
/**
 * Links for one account in a day, whoever asks for them. Each of them works in every browser that asked, so a stranger
 * who uses them up keeps nobody out, and floods no mailbox.
 */
const linksADay = 5;

/** @returns null if no mail is sent here */
export function mailChannel(deps: Given): Channel | null {
  const { mail, rpId, rpName } = deps.config;
  if (mail === undefined) return null;
  const transport = mailTransport(mail, rpId);

  async function send(id: string, to: string, letter: Letter): Promise<Delivery> {
    const text = textOf(letter, rpName);
    try {
      await transport({ id, to, subject: letter.subject, text, html: htmlOf(letter, deps.config) });
      return 'delivered';
    } catch (error) {
      if (error instanceof RefusedMail) return { giveUp: error.message };
      throw error;
    }
  }

  return {
    channel: 'mail',
    async deliver(message) {
      const told = JSON.parse(message.message) as MailMessage;
      const { id, recipient, subject: userId } = message;
      if (told.kind === 'recovery-asked') return answerAsked(deps, message, told, send);
      if (!recipient) return { giveUp: 'a mail without a recipient' };
      if (told.kind === 'address-code') {
        if (deps.now() > told.at + codeTtlMs) return { giveUp: 'the code has expired' };
        const code = addressCode(deps, told.nonce);
        // Whoever has the mailbox may be a stranger: no word in it is one that somebody chose.
        return send(id, recipient, addressCodeLetter(settingOf(deps, null), told, code));
      }
      if (isAppleRelay(recipient) && (await isStopped(deps, userId, recipient))) {
        return { giveUp: 'its owner lets no mail through Apple’s relay' };
      }
      const setting = settingOf(deps, await usernameFor(deps, userId, told));
      const veto = 'veto' in told.evidence ? told.evidence.veto : null;
      const stop = veto === null ? null : vetoToken(deps, veto);
      const stopUrl = stop && `${deps.config.origin}/stop-recovery#${stop}`;
      return send(id, recipient, noticeLetter(setting, told, stopUrl));
    },
  };
}

/** Whether Apple has told that mail to this address of its relay arrives nowhere. */
async function isStopped({ store }: Given, userId: string, address: string): Promise<boolean> {
  const links = await store.findAppleLinks(userId);
  return links.some(({ addresses }) =>
    addresses.some(({ email, disabledAt }) => email === address && disabledAt !== null),
  );
}

/** Of an account that was deleted only the notice knows it. */
async function usernameFor({ store }: Given, userId: string, { of, evidence }: Notice) {
  if (of === 'account-deleted' && 'username' in evidence) return evidence.username ?? null;
  return (await store.findUser(userId))?.username ?? null;
}

function settingOf({ config }: Given, username: string | null): Setting {
  const { origin, rpName, links } = config;
  return { origin, site: rpName, username, help: links.help };
}

/** Somebody asked for a link: whether there is an account and an address is looked up only now. */
async function answerAsked(
  deps: Given,
  { id }: Message,
  asked: MailMessage & { kind: 'recovery-asked' },
  send: (id: string, to: string, letter: Letter) => Promise<Delivery>,
): Promise<Delivery> {
  const { config, now, store } = deps;
  const isOf = (shown: 'mail' | 'code and mail') =>
    recoveryOutcome(config.recovery, shown) !== 'nothing';
  if (!isOf('mail') && !isOf('code and mail')) return 'delivered';
  if (now() > asked.at + linkTtlMs) return { giveUp: 'the link has expired' };
  const [owner, ...others] = await findOwners(deps, asked.by);
  if (owner === undefined) return 'delivered';
  if (others.length > 0) {
    // Each in a message of its own, so that no failure sends one of them twice.
    const byName = [owner, ...others].map(({ username }) => ({ ...asked, by: { username } }));
    await store.addMessages(
      byName.map((each) => ({
        ...{ channel: 'mail', subject: '', createdAt: asked.at, dueAt: now() },
        message: JSON.stringify(each),
      })),
    );
    return 'delivered';
  }
  const token = recoveryToken(deps, id, owner.userId);
  const isOffered = await store.offerRecoveryLink({
    ...{ tokenHash: hashOfToken(token), browserHash: asked.browserHash, userId: owner.userId },
    ...{ now: now(), since: now() - dayMs, limit: linksADay, expiresAt: asked.at + linkTtlMs },
  });
  if (!isOffered) return 'delivered';
  const setting = settingOf(deps, owner.username);
  return send(
    id,
    owner.address,
    recoveryLetter(setting, asked, `${config.origin}/recover#${token}`),
  );
}

async function findOwners(
  { store }: Given,
  by: (MailMessage & { kind: 'recovery-asked' })['by'],
): Promise<readonly AddressOwner[]> {
  if ('email' in by) {
    const address = parseMailAddress(by.email);
    return address === null ? [] : store.findAddressOwners(mailAddressKey(address));
  }
  const name = normalizeUsername(by.username) ?? by.username;
  // Nobody has such a name, and PostgreSQL takes no such text: every attempt would fail.
  if (name.includes('\u0000')) return [];
  const user = await store.findUserByName(...usernameKeys(name));
  if (user === null || user.disabledAt !== null) return [];
  const found = await store.findAddress(user.id);
  return found === null
    ? []
    : [{ userId: user.id, username: user.username, address: found.address }];
}
