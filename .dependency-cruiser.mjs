/** The arrows between the rooms: main → app → http → rooms → {policy, store} → errors. */
const rooms = ['ceremonies', 'accounts', 'native'];
const test = '\\.test\\.ts$|^server/testing/|^server/store/[a-z-]*contract\\.ts$';

const roomsStayApart = rooms.map((room) => ({
  name: `${room}-stays-apart`,
  comment: 'Feature rooms share data, pure functions of policy/ and operations of the store.',
  severity: 'error',
  from: { path: `^server/${room}/`, pathNot: test },
  to: { path: `^server/(${rooms.filter((each) => each !== room).join('|')})/` },
}));

export default {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      from: {
        orphan: true,
        path: '^(server|client)/',
        pathNot: `${test}|\\.d\\.ts$|^client/(build|types)`,
      },
      to: {},
    },
    ...roomsStayApart,
    {
      name: 'nothing-imports-a-root',
      comment: 'Each of them reads the environment and ends the process.',
      severity: 'error',
      from: {},
      to: { path: '^server/(main|admin|backup|import|export)\\.ts$' },
    },
    {
      name: 'admin-is-for-its-root',
      severity: 'error',
      from: { pathNot: `^server/admin(/|\\.ts$)|${test}` },
      to: { path: '^server/admin/' },
    },
    {
      name: 'admin-is-no-server',
      comment: 'An operator works on what is stored; ceremonies are for those who hold passkeys.',
      severity: 'error',
      from: { path: '^server/(admin/|(admin|backup|command|import|export)\\.ts$)', pathNot: test },
      to: { path: '^server/(ceremonies|http)/|^server/(app|serve)\\.ts$' },
    },
    {
      name: 'transfer-is-for-its-roots',
      severity: 'error',
      from: { pathNot: `^server/(transfer/|(import|export)\\.ts$)|^e2e/|${test}` },
      to: { path: '^server/transfer/' },
    },
    {
      name: 'transfer-is-no-server',
      comment:
        'What comes from elsewhere is judged as registrations judge it, and by nothing more.',
      severity: 'error',
      from: { path: '^server/transfer/', pathNot: test },
      to: {
        path: '^server/(http|accounts|admin|ceremonies)/|^server/(app|serve)\\.ts$',
        pathNot: '^server/ceremonies/(verify|transports)\\.ts$',
      },
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
      name: 'app-is-for-serve',
      severity: 'error',
      from: { path: '^server/', pathNot: `^server/serve\\.ts$|${test}` },
      to: { path: '^server/app\\.ts$' },
    },
    {
      name: 'http-is-for-app',
      severity: 'error',
      from: { path: '^server/', pathNot: `^server/(app\\.ts$|http/)|${test}` },
      to: { path: '^server/http/' },
    },
    {
      name: 'rooms-are-for-http',
      severity: 'error',
      from: { path: '^server/(policy|store)/|^server/[a-z0-9]+\\.ts$', pathNot: test },
      to: { path: `^server/(${rooms.join('|')})/` },
    },
    {
      name: 'policy-is-pure',
      comment:
        'Policy decides on plain values, at most of the shapes that the store tells: it sees no store, no clock, no configuration.',
      severity: 'error',
      from: { path: '^server/policy/', pathNot: test },
      to: {
        path: '^server/',
        pathNot: '^server/(policy/|errors\\.ts$|base64url\\.ts$|store/store\\.ts$)',
      },
    },
    {
      name: 'store-knows-only-errors',
      severity: 'error',
      from: { path: '^server/store/', pathNot: test },
      to: { path: '^server/', pathNot: '^server/(store/|errors\\.ts$)' },
    },
    {
      name: 'metadata-stands-apart',
      comment: 'It knows models, of whomever: no ceremony, no store, no request.',
      severity: 'error',
      from: { path: '^server/metadata/', pathNot: test },
      to: { path: '^server/', pathNot: '^server/(metadata/|policy/|config\\.ts$)' },
    },
    {
      name: 'sql-only-in-store',
      severity: 'error',
      from: { path: '^server/', pathNot: `^server/store/|${test}` },
      to: { path: 'node_modules/(drizzle-orm|better-sqlite3|pg)/' },
    },
    {
      name: 'webauthn-only-in-verify',
      severity: 'error',
      from: { path: '^server/', pathNot: `^server/ceremonies/verify\\.ts$|${test}` },
      to: { path: 'node_modules/@simplewebauthn/server/' },
    },
    {
      name: 'nothing-imports-testing',
      severity: 'error',
      from: { pathNot: `${test}|^e2e/` },
      to: { path: '^server/testing/|^e2e/' },
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
