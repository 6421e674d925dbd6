import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signalsFor } from './accounts/signals.ts';
import { usage } from './commands/admin/usage.ts';
import { environmentNames, loadConfig } from './config.ts';
import { problems } from './errors.ts';
import { isAccepted, isWayIn, verifiesUser } from './policy/credential-state.ts';
import type { CredentialState } from './records/credential.ts';
import type { User } from './records/user.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const rows = (pattern: RegExp) => [...readme.matchAll(pattern)].map((match) => match.slice(1));

/** Typed so that a new state does not compile without a row. */
const states: Readonly<Record<CredentialState, true>> = {
  active: true,
  superseded: true,
  'suspected-clone': true,
  revoked: true,
};

function isInAcceptedList(state: CredentialState): boolean {
  const user: User = {
    ...{ id: 'AQ', username: 'ann', displayName: 'Ann', createdAt: 0 },
    ...{ disabledAt: null, policy: null },
  };
  const held = [{ id: 'Ag', rpId: 'example.com', state }];
  const signals = signalsFor({ rpId: 'example.com', formerRpIds: [] }, user, held);
  return signals.allAcceptedCredentials !== undefined;
}

describe('the README', () => {
  it('lists every error code with its status, and no other', () => {
    const listed = Object.fromEntries(rows(/^\| `([a-z_]+)` +\| (\d{3}) +\|/gm));
    const known = Object.entries(problems).map(([code, { status }]) => [code, String(status)]);
    expect(listed).toEqual(Object.fromEntries(known));
  });

  it('lists every variable of the configuration, and no other', () => {
    const listed = rows(/^\| `([A-Z_]+)` +\|/gm).map(([name]) => name);
    expect(listed.sort()).toEqual([...environmentNames].sort());
  });

  it('says of every state of a passkey what the policy makes of it', () => {
    const cells = ' (yes|no)\\b[^|]*\\|'.repeat(5);
    const listed = rows(new RegExp(`^\\| \`([a-z-]+)\` +\\|${cells}`, 'gm'));
    const policy = (Object.keys(states) as CredentialState[]).map((state) => [
      state,
      ...[
        isAccepted({ state }),
        verifiesUser({ state }),
        isWayIn({ state }),
        isAccepted({ state }),
        isInAcceptedList(state),
      ].map((holds) => (holds ? 'yes' : 'no')),
    ]);
    expect(listed).toEqual(policy);
  });

  it('shows policies that the configuration takes', () => {
    const [example] = rows(/```json\n(\{[^`]*"deviceBoundOnly"[^`]*)```/g);
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-readme-'));
    const path = join(folder, 'policies.json');
    writeFileSync(path, example?.[0] ?? '');
    const { credentialPolicies } = loadConfig({ CREDENTIAL_POLICIES: path });
    expect(Object.keys(credentialPolicies)).toEqual(['kiosk', 'staff']);
    rmSync(folder, { recursive: true });
  });

  it('names every setting of the evidence policies, and no other', () => {
    const listed = rows(/^\| `([A-Z_]+=[a-z-]+)` +\|/gm).map(([setting = '']) =>
      setting.split('='),
    );
    for (const [name = '', value] of listed)
      expect(() => loadConfig({ [name]: value })).not.toThrow();
    expect(listed.map(([, value]) => value)).toEqual([
      'refuse',
      'mark',
      'step-up',
      'refuse',
      'accept',
    ]);
  });

  it('shows commands that the admin command line has', () => {
    const shown = rows(/npm run (?:--silent )?admin -- ([a-z-]+)/g).map(([command]) => command);
    const known = [...usage.matchAll(/^ {2}([a-z-]+)/gm)].map(([, command]) => command);
    expect(known).toEqual(expect.arrayContaining(shown));
  });

  it('links to headings that are there', () => {
    const slug = (title: string) =>
      title
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-');
    const headings = rows(/^#+ (.+)$/gm).map(([title = '']) => slug(title));
    const linked = rows(/\]\(#([^)]+)\)/g).map(([anchor]) => anchor);
    expect(headings).toEqual(expect.arrayContaining(linked));
  });
});
