import type { AcpAuthor, RecordOf } from './records.ts'

/** Names this package among those that write events of a session. */
export const ACP_SCOPE = 'holdfast-acp'

/** How a request ended, as JSON-RPC has it. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }

/** A turn of the agent. */
export interface Turn {
  /** Number of the prompt. */
  readonly prompt: number
  readonly by: AcpAuthor
  /** The request of the hub that the prompt came with. */
  readonly asked: RecordOf<'acp.prompt'>['asked']
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number
  /** When the agent was asked to end it, in milliseconds since 1970. */
  cancelledAt: number | undefined
}

/** A request of the agent that has no answer. */
export interface Question {
  readonly n: number
  /** The agent's own id. */
  readonly id: unknown
  /** As the hub's clients know it. */
  readonly hubId: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  /** When it was asked, in milliseconds since 1970. */
  readonly at: number
}

/** A request to the agent that has no answer. */
export interface Request {
  readonly why: RecordOf<'acp.out'>['why']
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly prompt: number | undefined
}

/** Whether a question is one for people, which may wait. */
export function isForPeople(method: string): boolean {
  return method === 'session/request_permission' || method === 'elicitation/create'
}

/** A question's id for the hub's clients: of the message in the agent's stdout, so that it is known before it is in the log. */
export function hubIdOf(program: string, offset: number): string {
  return `ask-${program}-${offset}`
}

/** An answer that says why there is no result. */
export function failure(code: number, message: string): Outcome {
  return { error: { code, message } }
}

/** Something failed here. */
export function failureOf(message: string): Outcome {
  return failure(-32603, message)
}

/** The answer to a question without an answer of a client. */
export function cancelledAnswer(method: string): Outcome {
  return { result: method === 'elicitation/create' ? { action: 'cancel' } : { outcome: { outcome: 'cancelled' } } }
}
