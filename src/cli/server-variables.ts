const OURS = ['DATABASE_URL', 'OPENSEARCH_URL', 'IMAGE_BASE_URL'];

/** Names a server or a provider, and may hold its password or key. */
export function isServerVariable(name: string): boolean {
  return OURS.includes(name) || /^(AWS|OPENAI|TEMPORAL|PG)_?[A-Z0-9_]*$/.test(name);
}
