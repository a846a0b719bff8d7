// Imports point downwards only; the words are in ARCHITECTURE.md, "Who may import whom".
const layer = {
  crypto: [],
  protocol: ['crypto'],
  ports: ['crypto', 'protocol'],
  wallet: ['crypto', 'protocol', 'ports'],
  products: ['crypto', 'protocol', 'ports', 'wallet'],
  edge: ['crypto', 'protocol', 'ports', 'wallet', 'products', 'messaging'],
};
const path = {
  crypto: '^src/crypto/',
  protocol: '^src/(ark|bitcoin|lightning)/',
  ports: '^src/(store|vault|server|chain|http)/',
  wallet: '^src/wallet/',
  products: '^src/(offers|swaps)/',
  edge: '^src/(ui|provider)/',
  messaging: '^src/messaging/',
};
const upward = Object.entries(layer).map(([name, allowed]) => ({
  name: `${name}-points-downwards`,
  comment: `${name} may import only itself and: ${allowed.join(', ') || 'nothing'} (src/errors and src/units are for everyone)`,
  severity: 'error',
  from: { path: path[name] },
  to: {
    path: '^(src|entrypoints|devnet|cli|tests|scripts)/',
    pathNot: [path[name], ...allowed.map((a) => path[a]), '^src/[a-z-]+\\.ts$'],
  },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'src-never-imports-devnet-cli-tests',
      severity: 'error',
      from: { path: '^(src|entrypoints)/' },
      to: { path: '^(devnet|cli|tests|scripts)/' },
    },
    {
      name: 'ui-does-not-touch-the-provider',
      severity: 'error',
      from: { path: '^src/ui/' },
      to: { path: '^src/provider/' },
    },
    {
      name: 'provider-does-not-touch-the-ui',
      severity: 'error',
      from: { path: '^src/provider/' },
      to: { path: '^src/ui/' },
    },
    {
      name: 'background-is-the-composition-root',
      comment: 'it puts the others together; none of them knows it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/background/' },
      to: { path: '^src/background/' },
    },
    {
      name: 'messaging-holds-types-and-the-map',
      comment: 'messaging may import types from anywhere below, never code',
      severity: 'error',
      from: { path: '^src/messaging/' },
      to: { path: '^src/(ui|provider|offers|swaps)/' },
    },
    {
      name: 'protocol-code-is-pure',
      comment: 'crypto and protocol import neither node nor the browser',
      severity: 'error',
      from: { path: '^src/(crypto|ark|bitcoin|lightning)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'nothing-from-dev-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.svelte'] },
  },
};
