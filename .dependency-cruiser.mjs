/**
 * The arrows between the rooms, as docs/architecture.md draws them. Each room lists the rooms that it may
 * import from; whatever is not listed is forbidden. Files at the root of `server/` are known to everybody,
 * but for the two that compose the whole.
 */
const test = '\\.test\\.ts$|^server/testing/';

/** What every room may know: errors, encodings, configuration and the bundle that is handed down. */
const common = '^server/(errors|base64url|files)\\.ts$';
const given = '^server/(errors|base64url|files|config|deps|keys|metrics)\\.ts$';

/** `from`: the rooms that it may import, and whether it is handed `Deps`. */
const rooms = {
  process: {
    knows: [
      'limits',
      'metadata',
      'policy',
      'store',
      'records',
      'ceremonies',
      'oidc',
      'vault',
      'apple',
      'recovery',
    ],
    deps: true,
    app: true,
  },
  http: {
    knows: [
      'ceremonies',
      'accounts',
      'vault',
      'native',
      'recovery',
      'administration',
      'apple',
      'proxies',
      'policy',
      'webauthn',
      'limits',
      'providers',
      'records',
    ],
    deps: true,
  },
  commands: {
    knows: ['administration', 'apple', 'store', 'policy', 'webauthn', 'providers', 'records'],
    deps: true,
  },
  administration: { knows: ['policy', 'store', 'providers', 'records'], deps: true },
  ceremonies: {
    knows: ['policy', 'store', 'seal', 'webauthn', 'attestation', 'limits', 'providers', 'records'],
    deps: true,
  },
  accounts: { knows: ['policy', 'store', 'limits', 'providers', 'records'], deps: true },
  vault: { knows: ['policy', 'store', 'records'], deps: true },
  recovery: { knows: ['policy', 'store', 'records'], deps: true },
  apple: { knows: ['policy', 'store', 'seal', 'records'], deps: true },
  oidc: { knows: ['policy', 'store', 'records'], deps: true },
  proxies: { knows: ['policy', 'store', 'seal', 'records'], deps: true },
  native: { knows: ['policy', 'records'], deps: true },
  metadata: { knows: ['attestation', 'policy', 'records'], deps: true },
  limits: { knows: ['records'], deps: true },
  attestation: { knows: ['records'] },
  webauthn: { knows: ['attestation', 'records'] },
  seal: { knows: ['records'], deps: true },
  policy: { knows: ['records'] },
  providers: { knows: [] },
  settings: { knows: ['policy', 'store', 'records'] },
  store: { knows: ['records'] },
  records: { knows: [] },
};

const arrows = Object.entries(rooms).map(([room, { knows, deps = false, app = false }]) => ({
  name: `${room}-knows`,
  comment: `${room}/ imports from ${knows.join(', ') || 'no room'} and nothing else of the server.`,
  severity: 'error',
  from: { path: `^server/${room}/`, pathNot: test },
  to: {
    path: '^server/',
    pathNot: [
      `^server/(${[room, ...knows].join('|')})/`,
      deps ? given : common,
      ...(app ? ['^server/app\\.ts$'] : []),
    ],
  },
}));

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(server|client)/',
        pathNot: `${test}|\\.d\\.ts$|^client/(build/|library/types)`,
      },
      to: {},
    },
    ...arrows,
    {
      name: 'nothing-imports-a-root',
      comment: 'Each of them reads the environment and ends the process.',
      severity: 'error',
      from: {},
      to: { path: '^server/(main|commands/(admin|backup|import|export))\\.ts$' },
    },
    {
      name: 'not-to-dev-dep',
      comment:
        'Production has no development dependencies: what runs there may name their types alone.',
      severity: 'error',
      from: { path: '^server/', pathNot: test },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'unknown'],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'sql-only-in-store',
      comment: 'The counters of the rate limits talk to PostgreSQL through a library of their own.',
      severity: 'error',
      from: {
        path: '^server/',
        pathNot: `^server/store/|^server/limits/postgres-counters\\.ts$|${test}`,
      },
      to: { path: 'node_modules/(drizzle-orm|better-sqlite3|pg)/' },
    },
    {
      name: 'webauthn-only-in-library',
      severity: 'error',
      from: { path: '^server/', pathNot: `^server/webauthn/library\\.ts$|${test}` },
      to: { path: 'node_modules/@simplewebauthn/server/' },
    },
    {
      name: 'nodemailer-only-in-transport',
      severity: 'error',
      from: { path: '^server/', pathNot: `^server/recovery/mail/transport\\.ts$|${test}` },
      to: { path: 'node_modules/nodemailer/' },
    },
    {
      name: 'provider-only-in-oidc',
      comment: 'It takes 0.2 s to load, and only a server with clients does.',
      severity: 'error',
      from: { path: '^server/', pathNot: `^server/oidc/|${test}` },
      to: { path: 'node_modules/oidc-provider/' },
    },
    {
      name: 'nothing-imports-testing',
      severity: 'error',
      from: { pathNot: `${test}|^(e2e|dev)/` },
      to: { path: '^server/testing/|^e2e/' },
    },
    {
      name: 'words-know-nothing',
      comment: 'Another language is one more file: words import nothing but words.',
      severity: 'error',
      from: { path: '^client/words/', pathNot: test },
      to: { pathNot: '^client/words/' },
    },
    {
      name: 'library-knows-no-page',
      comment: 'It works on any page; its entry alone hands on the words for what went wrong.',
      severity: 'error',
      from: { path: '^client/library/', pathNot: `${test}|^client/library/latchkey\\.ts$` },
      to: { path: '^client/', pathNot: '^client/(library|vault)/' },
    },
    {
      name: 'vault-knows-nothing',
      comment: 'What it computes is the same on every page, and in an application without any.',
      severity: 'error',
      from: { path: '^client/vault/', pathNot: test },
      to: { path: '^client/', pathNot: '^client/vault/' },
    },
    {
      name: 'library-entry-knows-words',
      severity: 'error',
      from: { path: '^client/library/latchkey\\.ts$' },
      to: { path: '^client/', pathNot: '^client/(library|words)/' },
    },
    {
      name: 'parts-know-no-page',
      severity: 'error',
      from: { path: '^client/pages/parts/' },
      to: { path: '^client/pages/', pathNot: '^client/pages/parts/' },
    },
    {
      name: 'pages-apart',
      comment: 'What two pages share is a part.',
      severity: 'error',
      from: { path: '^client/pages/([^/]+)/' },
      to: { path: '^client/pages/', pathNot: '^client/pages/(parts|$1)/' },
    },
    {
      name: 'client-and-server-apart',
      severity: 'error',
      from: { path: '^client/' },
      to: { path: '^server/' },
    },
    {
      name: 'server-without-client',
      severity: 'error',
      from: { path: '^server/' },
      to: { path: '^client/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
