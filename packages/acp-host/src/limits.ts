/** Every bound of the agents' host. */
export interface AgentLimits {
  /** The longest line of an agent; one that writes a longer one is ended. */
  readonly maxLineBytes: number
  /** Prompts of a session that wait for their turn. */
  readonly maxQueuedPrompts: number
  /** One prompt, as JSON. */
  readonly maxPromptChars: number
  /** Requests of an agent in one session that wait for an answer; more are refused. */
  readonly maxQuestions: number
  /** An unanswered question ends after so long. */
  readonly questionMs: number
  /** A turn that was cancelled has so long to end; then the agent's program is ended. */
  readonly cancelMs: number
  /** A client that an agent needs and that is away may come back within this time. */
  readonly clientAwayMs: number
  /** An agent has so long for `initialize`. */
  readonly initializeMs: number
  /** Sessions that one program has at a time. */
  readonly maxSessions: number
  /** An idle program without clients ends after so long. */
  readonly idleMs: number
}

/** The defaults. */
export const AGENT_LIMITS: AgentLimits = {
  // As the SDK's own servers take (ACP §1).
  maxLineBytes: 16_777_216,
  maxQueuedPrompts: 32,
  maxPromptChars: 8_388_608,
  maxQuestions: 256,
  questionMs: 86_400_000,
  // Real agents answer within milliseconds, and need up to four seconds where they end tools (ACP §4).
  cancelMs: 30_000,
  clientAwayMs: 30_000,
  // Real agents take up to four seconds on an idle machine.
  initializeMs: 60_000,
  maxSessions: 500,
  idleMs: 1_800_000,
}
