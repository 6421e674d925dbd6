import type { Config } from '../config.ts';

/** The pages that the OpenID provider shows itself. */
export function providerPages(_config: Pick<Config, 'rpName'>) {
  return {
    problem: ({ code, text }: { code: string; text: string | null }) => `${code} ${text}`,
    signOut: (form: string) => form,
    signedOut: () => 'signed out',
  };
}
