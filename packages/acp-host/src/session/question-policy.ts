/** A question of an agent to people. */
export interface AgentQuestion {
  readonly session: string
  readonly agent: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

/**
 * Answers questions in people's place: with a result as ACP has it, or with `undefined` where people are asked. They are asked
 * meanwhile too, and the first answer counts.
 */
export type QuestionPolicy = (
  question: AgentQuestion,
) => Readonly<Record<string, unknown>> | undefined | Promise<Readonly<Record<string, unknown>> | undefined>
