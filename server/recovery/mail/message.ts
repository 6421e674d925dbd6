import type { Notice } from '../../records/notice.ts';

/** From where somebody asked, as the mail tells it. */
export interface Asked {
  readonly at: number;
  readonly userAgent: string | null;
  readonly country: string | null;
}

/** The messages of the channel `mail`. None holds a secret: codes and links are made when a mail is sent. */
export type MailMessage =
  | Notice
  | ({ readonly kind: 'address-code'; readonly nonce: string } & Asked)
  | ({
      readonly kind: 'recovery-asked';
      readonly by: { readonly username: string } | { readonly email: string };
      readonly browserHash: string;
    } & Asked);
