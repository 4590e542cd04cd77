import type { JsonRpcId } from '@holdfast/protocol/acp'

/** A request of the application, as a notice names it. */
export interface NamedRequest {
  readonly id: JsonRpcId
  readonly method: string
  readonly sessionId?: string | undefined
}

/** What a client must know after a drop. The first four come only from servers without the resume extension. */
export type AcpNotice =
  /** The request was written and no answer came: it was answered with an error whose `data.code` is `acp/outcome_unknown`. */
  | { readonly kind: 'outcome_unknown'; readonly request: NamedRequest }
  /** The agent's question went with the link: it was cancelled (`$/cancel_request`), and an answer to it is not sent. */
  | { readonly kind: 'question_withdrawn'; readonly request: NamedRequest }
  /** The session is restored. Updates during the drop are unknown; `replayed` messages repeated what the agent remembers. */
  | {
      readonly kind: 'session_reloaded'
      readonly sessionId: string
      readonly by: 'session/load' | 'session/resume'
      readonly replayed: number
    }
  /** The session could not be restored. `reason`: the server's message. */
  | { readonly kind: 'session_lost'; readonly sessionId: string; readonly reason: string }
  /** Of our gateway: its log no longer has what came between the last message and the next. */
  | { readonly kind: 'events_missing'; readonly sessionId: string; readonly reason: string }
