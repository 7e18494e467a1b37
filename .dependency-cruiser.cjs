/**
 * The arrows between the rooms of src/. They point one way; `import type` counts as an arrow too.
 * Rooms may import packages freely, apart from Temporal's.
 */

/** What is started by itself: by a person, by Node, or by Temporal's bundler. */
const ENTRY_POINTS = [
  '^src/cli/(backfill|start-backfill|demo|worker-main)\\.ts$',
  '^src/(worker|client)\\.ts$',
  '^src/lambda/listing-features\\.ts$',
  '^src/workflows/index\\.ts$',
  '^src/vision/local/inference-thread\\.ts$',
  '^src/stack/(dynalite-server|guard-process|temporal-download|simulator/main|listings/dump)\\.ts$',
];

const ROOMS = {
  domain: [],
  workflows: ['domain', 'activities'],
  vision: ['domain'],
  stores: ['domain'],
  backfills: ['domain', 'vision', 'stores'],
  activities: ['domain', 'backfills', 'stores', 'vision'],
  lambda: ['domain', 'backfills', 'stores'],
};

const TEMPORAL = '(^|node_modules/)@temporalio/';

/** A room reaches into itself, the rooms listed, and nothing else of ours. */
const roomArrows = Object.entries(ROOMS).map(([room, reach]) => ({
  name: `${room}-reaches-only-${reach.join('-') || 'itself'}`,
  comment: `src/${room} may import ${reach.map((name) => `src/${name}`).join(', ') || 'nothing else of ours'}.`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...reach].join('|')})/` },
}));

// `await using` declares variables as `const` does; swc's visitor, which dependency-cruiser walks with, knows
// only `const`.
const { Visitor } = require('@swc/core/Visitor.js');
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function visit(statement) {
  if (statement.type !== 'UsingDeclaration') return visitStatement.call(this, statement);
  this.visitVariableDeclarators(statement.decls);
  return statement;
};

module.exports = {
  forbidden: [
    ...roomArrows,
    {
      name: 'pure-rooms-use-no-node',
      comment: "Workflows run in Temporal's sandbox, and domain runs inside workflows: neither has Node.",
      severity: 'error',
      from: { path: '^src/(domain|workflows)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'workflows-know-only-the-workflow-sdk',
      comment: 'Inside a workflow only @temporalio/workflow and @temporalio/common exist.',
      severity: 'error',
      from: { path: '^src/workflows/' },
      to: { path: TEMPORAL, pathNot: `${TEMPORAL}(workflow|common)(/|$)` },
    },
    {
      name: 'rooms-without-temporal',
      comment: 'Decisions, backfills and stores work, and are tested, without Temporal.',
      severity: 'error',
      from: { path: '^src/(domain|vision|stores|backfills|lambda)/' },
      to: { path: TEMPORAL },
    },
    {
      name: 'only-cli-starts-the-stack',
      comment:
        'Embedded servers and the provider simulator are for demo and tests; a worker never needs them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(cli|stack)/' },
      to: { path: '^src/stack/' },
    },
    {
      name: 'stack-stands-alone',
      comment: 'The stack imitates the world outside: of the product it knows only the shapes of answers.',
      severity: 'error',
      from: { path: '^src/stack/' },
      to: { path: '^src/', pathNot: '^src/((stack|domain|vision)/|backfills/[^/]+/answers[.]ts$)' },
    },
    {
      name: 'nothing-imports-the-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { path: '^src/' },
      to: { circular: true },
    },
    {
      name: 'no-dead-modules',
      comment:
        'Nothing that can be started leads to this file: delete it, import it, or list it as an entry point.',
      severity: 'error',
      from: { path: ENTRY_POINTS },
      to: { path: '^src/', pathNot: [...ENTRY_POINTS, '\\.d\\.ts$'], reachable: false },
    },
    {
      name: 'imports-resolve',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no JavaScript API that dependency-cruiser could parse with; swc sees `import type` too.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
};
