import { randomUUID } from 'node:crypto';

/** What the model said, and what it counted. */
export interface Utterance {
  model: string;
  text: string;
  refused: boolean;
  /** The text was broken off at the token limit. */
  cutOff: boolean;
  inputTokens: number;
  outputTokens: number;
}

export function chatCompletion(said: Utterance): string {
  return JSON.stringify({
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: said.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: said.refused ? null : said.text,
          refusal: said.refused ? said.text : null,
          annotations: [],
        },
        logprobs: null,
        finish_reason: said.cutOff ? 'length' : 'stop',
      },
    ],
    usage: {
      prompt_tokens: said.inputTokens,
      completion_tokens: said.outputTokens,
      total_tokens: said.inputTokens + said.outputTokens,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
    },
    service_tier: 'default',
    system_fingerprint: 'fp_simulator',
  });
}

export function response(said: Utterance): string {
  const status = said.cutOff ? 'incomplete' : 'completed';
  return JSON.stringify({
    id: `resp_${randomUUID()}`,
    object: 'response',
    created_at: Math.floor(Date.now() / 1000),
    status,
    error: null,
    incomplete_details: said.cutOff ? { reason: 'max_output_tokens' } : null,
    instructions: null,
    metadata: {},
    model: said.model,
    output: [
      {
        type: 'message',
        id: `msg_${randomUUID()}`,
        status,
        role: 'assistant',
        content: [
          said.refused
            ? { type: 'refusal', refusal: said.text }
            : { type: 'output_text', text: said.text, annotations: [], logprobs: [] },
        ],
      },
    ],
    parallel_tool_calls: true,
    tool_choice: 'auto',
    tools: [],
    usage: {
      input_tokens: said.inputTokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: said.outputTokens,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: said.inputTokens + said.outputTokens,
    },
  });
}

/** The models that can be asked, as `GET /v1/models` gives it. */
export function modelList(names: string[]): string {
  const data = names.map((id) => ({ id, object: 'model', created: 1_715_367_049, owned_by: 'system' }));
  return JSON.stringify({ object: 'list', data });
}
