import { isObject } from '@holdfast/contract/shape'
import type { AcpAuthor, RecordOf } from './records.ts'
import { isForPeople, type Outcome, type Question } from './turn-types.ts'

/** A message for clients, without `jsonrpc` and with the session's id left out. */
export interface ClientMessage {
  /**
   * `all`; `others`: all but the client that it is about; `askable`: those who may answer a question; `writer`: the one that
   * works with the agent; `noticed`: those who understand notices.
   */
  readonly to: 'all' | 'others' | 'askable' | 'writer' | 'noticed'
  readonly about?: AcpAuthor | undefined
  readonly message: {
    readonly method: string
    readonly params: Readonly<Record<string, unknown>>
    /** A request: its id is made of the session and this number. */
    readonly question?: number | undefined
    /** A question that is over: the id is made as above. */
    readonly over?: number | undefined
  }
}

/** What clients get of a message of the agent that is no answer. */
export function messagesOfAgent(m: Readonly<Record<string, unknown>>, n: number): readonly ClientMessage[] {
  const { method } = m
  if (typeof method !== 'string') return []
  const params = isObject(m['params']) ? m['params'] : {}
  if (!('id' in m)) return [{ to: 'all', message: { method, params } }]
  return [{ to: isForPeople(method) ? 'askable' : 'writer', message: { method, params, question: n } }]
}

/** A question is over: clients that were asked and did not answer are notified. `record` is absent where the agent is gone. */
export function messagesOfAnswer(
  record: RecordOf<'acp.answered'> | undefined,
  question: Question,
): readonly ClientMessage[] {
  return [{ to: 'others', about: record?.by, message: { method: '$/cancel_request', params: {}, over: question.n } }]
}

/** A prompt has its turn: clients that did not write it get it. */
export function messagesOfPrompt({ prompt, by }: RecordOf<'acp.prompt'>): readonly ClientMessage[] {
  return prompt.map((content) => ({
    to: 'others',
    about: by,
    message: { method: 'session/update', params: { update: { sessionUpdate: 'user_message_chunk', content } } },
  }))
}

/** The outcome in an answer. */
export function outcomeOf(m: Readonly<Record<string, unknown>>): Outcome {
  const { error, result } = m
  if (!isObject(error)) return { result: result ?? null }
  const { code, message, data } = error
  return {
    error: {
      code: typeof code === 'number' ? code : -32603,
      message: typeof message === 'string' ? message : 'The agent did not say why.',
      ...(data === undefined ? {} : { data }),
    },
  }
}
