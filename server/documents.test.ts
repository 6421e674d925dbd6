import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { signalsFor } from './accounts/signals.ts';
import { usage } from './commands/admin/usage.ts';
import { environmentNames, loadConfig } from './config.ts';
import { problems } from './errors.ts';
import { everyEndpoint } from './http/endpoints.ts';
import { openApiDocument } from './http/openapi.ts';
import { isAccepted, isWayIn, verifiesUser } from './policy/ways-in.ts';
import type { CredentialState } from './records/credential.ts';
import type { User } from './records/user.ts';
import { document, documentPaths, rows } from './testing/documents.ts';

const httpApi = document('docs/http-api.md');
const operating = document('docs/operating.md');
const life = document('docs/life-of-a-passkey.md');

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

describe('the documentation', () => {
  it('lists every error code with its status, and no other', () => {
    const listed = Object.fromEntries(rows(httpApi, /^\| `([a-z_]+)` +\| (\d{3}) +\|/gm));
    const known = Object.entries(problems).map(([code, { status }]) => [code, String(status)]);
    expect(listed).toEqual(Object.fromEntries(known));
  });

  it('lists every call of the API, and no other', () => {
    const listed = rows(httpApi, /^\| `([A-Z]+ \/api\/[^`]+)` \|/gm).flat();
    const config = loadConfig({});
    const { paths } = openApiDocument(config, everyEndpoint(config));
    const calls = Object.entries(paths).filter(([path]) => path.startsWith('/api/'));
    const known = calls.flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(listed.sort()).toEqual(known.sort());
  });

  it('lists every variable of the configuration, and no other', () => {
    const listed = rows(operating, /^\| `([A-Z_]+)` +\|/gm).map(([name]) => name);
    expect(listed.sort()).toEqual([...environmentNames].sort());
  });

  it('shows a configuration for production that the server starts with', () => {
    const [[file = ''] = []] = rows(operating, /<<END\n(.*?)\nEND\n/gs);
    const variables = rows(file, /^([A-Z_]+)=(.+)$/gm).map(([name = '', value = '']) => [
      name,
      value.replace('$(openssl rand -base64 32)', randomBytes(32).toString('base64')),
    ]);
    expect(loadConfig(Object.fromEntries(variables))).toMatchObject({
      production: true,
      secureCookies: true,
      host: '127.0.0.1',
      trustProxy: 1,
    });
  });

  it('says of every state of a passkey what the policy makes of it', () => {
    const cells = ' (yes|no)\\b[^|]*\\|'.repeat(5);
    const listed = rows(life, new RegExp(`^\\| \`([a-z-]+)\` +\\|${cells}`, 'gm'));
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
    const [example] = rows(life, /```json\n(\{[^`]*"deviceBoundOnly"[^`]*)```/g);
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-readme-'));
    const path = join(folder, 'policies.json');
    writeFileSync(path, example?.[0] ?? '');
    const { credentialPolicies } = loadConfig({ CREDENTIAL_POLICIES: path });
    expect(Object.keys(credentialPolicies)).toEqual(['kiosk', 'staff']);
    rmSync(folder, { recursive: true });
  });

  it('names every setting of the evidence policies, and no other', () => {
    const listed = rows(life, /^\| `([A-Z_]+=[a-z-]+)` +\|/gm).map(([setting = '']) =>
      setting.split('='),
    );
    for (const [name = '', value] of listed)
      expect(() => loadConfig({ [name]: value })).not.toThrow();
    expect(listed.map(([, value]) => value)).toEqual([
      'auto',
      'refuse',
      'mark',
      'step-up',
      'refuse',
      'accept',
    ]);
  });

  it('shows every command of the admin command line, and no other', () => {
    const shown = documentPaths.flatMap((path) =>
      rows(document(path), /(?:npm run (?:--silent )?admin --|`admin) ([a-z-]+)/g).flat(),
    );
    const known = [...usage.matchAll(/^ {2}([a-z-]+)/gm)].map(([, command]) => command);
    expect([...new Set(shown)].sort()).toEqual(known.sort());
  });

  it('shows every script of the package, and no other', () => {
    const shown = documentPaths.flatMap((path) =>
      rows(document(path), /npm (?:run (?:--silent )?([a-z:]+)|(start|test))/g).map(
        ([script, shortcut]) => script ?? shortcut,
      ),
    );
    const { scripts } = JSON.parse(document('package.json')) as { scripts: object };
    const known = Object.keys(scripts).filter((name) => !name.startsWith('pre'));
    expect([...new Set(shown)].sort()).toEqual(known.sort());
  });

  it('lists every room and what it may import, and no other', async () => {
    const { default: rules } = (await import(
      new URL('../.dependency-cruiser.mjs', import.meta.url).href
    )) as { default: { forbidden: { name: string; comment?: string }[] } };
    const arrows = rules.forbidden
      .filter(({ name }) => name.endsWith('-knows'))
      .map(({ comment = '' }) => rows(comment, /^(\w+)\/ imports from (.*) and nothing/g)[0]);
    const listed = rows(
      document('docs/architecture.md'),
      /^\| `(\w+)\/` \|[^|]*\| ([^|]*) \|$/gm,
    ).map(([room, knows = '']) => [room, knows.replaceAll('`', '').replace('nothing', 'no room')]);
    expect(listed).toEqual(arrows);
  });

  it('draws the rooms so that no arrow goes back', () => {
    const architecture = document('docs/architecture.md');
    const [picture = ''] = /```\n(.*?)```/s.exec(architecture) ?? [];
    const drawn = [...picture.matchAll(/\b([a-z]+)\//g)].map(([, room]) => room);
    const rooms = rows(architecture, /^\| `(\w+)\/` \|[^|]*\| ([^|]*) \|$/gm);
    const backwards = rooms.flatMap(([room = '', knows = '']) =>
      rows(knows, /`(\w+)`/g)
        .flat()
        .filter((known) => drawn.indexOf(known) <= drawn.indexOf(room))
        .map((known) => `${room} → ${known}`),
    );
    expect(backwards).toEqual([]);
    expect(rooms.filter(([room = '']) => !drawn.includes(room))).toEqual([]);
  });
});
