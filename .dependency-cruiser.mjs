/**
 * The import boundaries of design.md, "Folders": an arrow of imports goes down the list of layers only. Files outside
 * the layers (this one, vitest.config.ts) are configuration and may import nothing of them.
 */
const layers = [
  'cli',
  'chaos',
  'loadtests',
  'infra',
  'targets',
  'verdict',
  'services',
  'observability',
  'topology',
  'proto',
  'tools',
];

/** One rule per layer: what stands above it in the list is out of its reach. */
const nothingAbove = layers.slice(1).map((layer, index) => ({
  name: `${layer}-imports-nothing-above`,
  severity: 'error',
  comment: 'Imports go down the list of folders only.',
  from: { path: `^${layer}/` },
  to: { path: `^(${layers.slice(0, index + 1).join('|')})/` },
}));

export default {
  forbidden: [
    ...nothingAbove,
    {
      name: 'services-are-strangers',
      severity: 'error',
      comment:
        'A service imports itself, the runtime, and the names, topology and proto below it; never another service.',
      from: { path: '^services/([^/]+)/' },
      to: {
        path: '^(services|observability)/',
        pathNot: ['^services/$1/', '^services/runtime/', '^observability/names(/|\\.ts$)'],
      },
    },
    {
      name: 'services-run-without-tools',
      severity: 'error',
      comment:
        'External programs are found or built by the target; only tests of a service start one themselves.',
      from: { path: '^services/', pathNot: '\\.test\\.ts$' },
      to: { path: '^tools/' },
    },
    {
      name: 'infra-deploys-images',
      severity: 'error',
      comment: 'The Pulumi program deploys images of the services; it never imports their code.',
      from: { path: '^infra/' },
      to: { path: '^(services|verdict|targets)/' },
    },
    {
      name: 'chaos-uses-the-recorder-only',
      severity: 'error',
      comment: 'Chaos and load tests stay apart; the recorder is the history both need.',
      from: { path: '^chaos/' },
      to: { path: '^(infra|loadtests)/', pathNot: '^loadtests/recorder/' },
    },
    {
      name: 'targets-do-not-import-infra',
      severity: 'error',
      comment: 'A target learns what is deployed from the platform itself.',
      from: { path: '^(targets|loadtests|verdict)/' },
      to: { path: '^infra/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'nothing-unresolved',
      severity: 'error',
      comment:
        'Every import is a file of this repository or a package of package.json; k6 brings its own modules.',
      from: {},
      to: { couldNotResolve: true, pathNot: '^k6(/|$)' },
    },
    {
      name: 'product-code-imports-products',
      severity: 'error',
      comment:
        'What runs in production needs no development package; generators run before, for what is committed.',
      from: {
        pathNot: ['\\.test\\.ts$', '/fixtures/', '/generate\\.ts$', '^[^/]+\\.(ts|mjs)$', '^loadtests/k6/'],
      },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^coverage/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
