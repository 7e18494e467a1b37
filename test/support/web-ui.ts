/** What the Temporal Web UI shows, read over the HTTP API that its pages use. */
export interface WebUi {
  describe(workflowId: string): Promise<Described>;
  /** Workflow ids that a query over search attributes finds. */
  list(query: string): Promise<string[]>;
  /** Summaries of the workflow's activities, in order. */
  activitySummaries(workflowId: string): Promise<string[]>;
  /** As its "Download" does: in the form in which Temporal's tools read a history. */
  downloadHistory(workflowId: string, execution?: string): Promise<{ events: object[] }>;
  /** Markdown that the workflow shows of itself. */
  currentDetails(workflowId: string): Promise<string>;
}

export interface Described {
  status: string;
  summary: string;
  searchAttributes: Record<string, unknown>;
  children: string[];
}

interface Payload {
  data: string;
}

interface UserMetadata {
  summary?: Payload;
}

interface DescribeReply {
  executionConfig: { userMetadata?: UserMetadata };
  workflowExecutionInfo: {
    status: string;
    searchAttributes?: { indexedFields?: Record<string, Payload> };
  };
  pendingChildren?: { workflowId: string }[];
}

export function webUi(address = process.env.TEMPORAL_UI_URL, namespace = 'default'): WebUi {
  const base = `${address}/api/v1/namespaces/${namespace}`;
  const workflow = (id: string) => `/workflows/${encodeURIComponent(id)}`;

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(base + path);
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** As the pages do: with the token from the cookie. */
  async function post<T>(path: string, body: unknown): Promise<T> {
    const cookies = (await fetch(base)).headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');
    const token = cookies.find((cookie) => cookie.startsWith('_csrf='))?.slice('_csrf='.length) ?? '';
    const response = await fetch(base + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-csrf-token': token, cookie: cookies.join('; ') },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }

  return {
    async describe(id) {
      const { executionConfig, workflowExecutionInfo, pendingChildren } = await get<DescribeReply>(
        workflow(id),
      );
      const fields = Object.entries(workflowExecutionInfo.searchAttributes?.indexedFields ?? {});
      return {
        status: workflowExecutionInfo.status,
        summary: String(decode(executionConfig.userMetadata?.summary)),
        searchAttributes: Object.fromEntries(fields.map(([name, payload]) => [name, decode(payload)])),
        children: (pendingChildren ?? []).map(({ workflowId }) => workflowId).sort(),
      };
    },
    async list(query) {
      const { executions } = await get<{ executions?: { execution: { workflowId: string } }[] }>(
        `/workflows?query=${encodeURIComponent(query)}`,
      );
      return (executions ?? []).map(({ execution }) => execution.workflowId);
    },
    async activitySummaries(id) {
      const { history } = await get<{
        history: { events: { eventType: string; userMetadata?: UserMetadata }[] };
      }>(`${workflow(id)}/history`);
      return history.events
        .filter(({ eventType }) => eventType === 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')
        .map(({ userMetadata }) => String(decode(userMetadata?.summary)));
    },
    async downloadHistory(id, execution) {
      const which = execution ? `?execution.runId=${execution}` : '';
      return (await get<{ history: { events: object[] } }>(`${workflow(id)}/history${which}`)).history;
    },
    async currentDetails(id) {
      const queryType = '__temporal_workflow_metadata';
      const { queryResult } = await post<{ queryResult: { payloads: Payload[] } }>(
        `${workflow(id)}/query/${queryType}`,
        { query: { queryType } },
      );
      return (decode(queryResult.payloads[0]) as { currentDetails: string }).currentDetails;
    },
  };
}

function decode(payload: Payload | undefined): unknown {
  return payload && JSON.parse(Buffer.from(payload.data, 'base64').toString());
}
