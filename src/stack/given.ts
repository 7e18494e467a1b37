/** Which services the user already has, told by the variables that their own clients read. Empty ones count as not set. */
export interface Given {
  env: Record<string, string>;
  services: { part: Part; name: string; address: string }[];
}

export const PARTS = ['temporal', 'postgres', 'dynamodb', 'opensearch', 'simulator'] as const;
export type Part = (typeof PARTS)[number];

/** OpenSearch takes seconds and half a gigabyte: who needs none does not wait for it. */
export const PARTS_WITHOUT_OPENSEARCH = PARTS.filter((part) => part !== 'opensearch');

const PASSED_ON: Record<Part, string[]> = {
  temporal: [
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
    'TEMPORAL_PROFILE',
    'TEMPORAL_CONFIG_FILE',
    'TEMPORAL_UI_URL',
  ],
  postgres: ['DATABASE_URL'],
  dynamodb: ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB'],
  opensearch: ['OPENSEARCH_URL'],
  simulator: ['OPENAI_BASE_URL', 'OPENAI_API_KEY'],
};

/** Where and as whom the AWS clients act, whichever of their services is given. */
const AWS = [
  'AWS_REGION',
  'AWS_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_ENDPOINT_URL_REKOGNITION',
];

export function givenServices(env: NodeJS.ProcessEnv, parts: readonly Part[]): Given {
  const found: [Part, string, string | undefined][] = [
    [
      'temporal',
      'Temporal',
      env.TEMPORAL_ADDRESS || (env.TEMPORAL_PROFILE && `profile ${env.TEMPORAL_PROFILE}`),
    ],
    ['postgres', 'PostgreSQL', env.DATABASE_URL && withoutPassword(env.DATABASE_URL, 'DATABASE_URL')],
    ['dynamodb', 'DynamoDB', env.AWS_ENDPOINT_URL_DYNAMODB || env.AWS_ENDPOINT_URL || realAws(env)],
    ['opensearch', 'OpenSearch', env.OPENSEARCH_URL && withoutPassword(env.OPENSEARCH_URL, 'OPENSEARCH_URL')],
    ['simulator', 'OpenAI', env.OPENAI_BASE_URL || (env.OPENAI_API_KEY && 'https://api.openai.com/v1')],
  ];
  const services = found.flatMap(([part, name, address]) =>
    address && parts.includes(part) ? [{ part, name, address }] : [],
  );
  const names = [...services.flatMap(({ part }) => PASSED_ON[part]), ...AWS];
  const known = names.flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return { env: Object.fromEntries(known) as Record<string, string>, services };
}

/** What may be written to disk of what was given. */
export function withoutSecrets(env: Record<string, string>): Record<string, string> {
  const entries = Object.entries(env).filter(
    ([name, value]) => !/KEY|SECRET|TOKEN|DATABASE_URL/.test(name) && withoutPassword(value, value) === value,
  );
  return Object.fromEntries(entries);
}

/** A region alone is often set for other tools; with credentials it means that somebody pays. */
function realAws(env: NodeJS.ProcessEnv): string | undefined {
  const region = env.AWS_REGION || env.AWS_DEFAULT_REGION;
  return region && hasAwsCredentials(env) ? `AWS ${region}` : undefined;
}

function hasAwsCredentials(env: NodeJS.ProcessEnv): boolean {
  return [
    env.AWS_ACCESS_KEY_ID,
    env.AWS_PROFILE,
    env.AWS_WEB_IDENTITY_TOKEN_FILE,
    env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI,
    env.AWS_CONTAINER_CREDENTIALS_FULL_URI,
  ].some(Boolean);
}

function withoutPassword(address: string, otherwise: string): string {
  if (!URL.canParse(address)) return otherwise;
  const url = new URL(address);
  if (!url.password) return address;
  url.password = '';
  return url.href;
}
