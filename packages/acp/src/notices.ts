import type { JsonRpcId } from '@holdfast/protocol/acp'

/** A request of this side, as a notice names it. */
export interface NamedRequest {
  readonly id: JsonRpcId
  readonly method: string
  readonly sessionId?: string | undefined
}

/** What a client has to know after a drop. The first four are of servers that do not speak the resume extension. */
export type AcpNotice =
  /** It was written and its answer did not come: it was answered with an error whose `data.code` is `acp/outcome_unknown`. */
  | { readonly kind: 'outcome_unknown'; readonly request: NamedRequest }
  /** The agent's question went with the link: it was cancelled (`$/cancel_request`), and an answer to it is not sent. */
  | { readonly kind: 'question_withdrawn'; readonly request: NamedRequest }
  /** The session is there again. What the agent said meanwhile is not known; `replayed` messages told what it remembers. */
  | {
      readonly kind: 'session_reloaded'
      readonly sessionId: string
      readonly by: 'session/load' | 'session/resume'
      readonly replayed: number
    }
  /** The session could not be taken up again. `reason`: the words of the server. */
  | { readonly kind: 'session_lost'; readonly sessionId: string; readonly reason: string }
  /** Of our gateway: its log no longer has what came between the last message and the next. */
  | { readonly kind: 'events_missing'; readonly sessionId: string; readonly reason: string }
