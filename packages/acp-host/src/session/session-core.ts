import type { Clock, Logger } from '@holdfast/contract'
import type { AgentLimits } from '../limits.ts'
import type { AcpState } from '../state/acp-state.ts'
import type { AcpAuthor } from '../state/records.ts'
import type { Outcome } from '../state/turn-types.ts'
import type { Attachments } from './attachments.ts'
import type { HubEvents } from './hub/hub-events.ts'
import type { QuestionPolicy } from './question-policy.ts'
import type { SessionAgent } from './session-agent.ts'
import type { SessionWriter } from './session-writer.ts'

/** A session, as its parts know it: what was applied, and the one way to write. */
export interface SessionCore {
  readonly id: string
  readonly state: AcpState
  /** What the hub shows, as far as it is written. */
  readonly shown: HubEvents
  readonly attachments: Attachments
  /** Aborted when the session is not served here any more. */
  readonly signal: AbortSignal
  readonly parts: {
    readonly agent: SessionAgent
    readonly limits: AgentLimits
    readonly policy?: QuestionPolicy | undefined
    readonly clock: Clock
    readonly logger: Logger
  }
  readonly write: SessionWriter['write']
  readonly writePairs: SessionWriter['writePairs']
  /** Answers a question of the agent. @returns false where it is over */
  answer(n: number, outcome: Outcome, by: AcpAuthor): Promise<boolean>
  /** Looks what is to be done next. */
  poke(): void
  /** It is not served here any more. */
  stopServing(why: string): void
}
