/** What a prompt wants of the agent. */
export interface Turn {
  /** The first number that is said. */
  readonly from: number
  readonly updates: number
  readonly asksAfter?: number | undefined
  readonly pauseMs?: number | undefined
}

/** Asks the client, and waits for its answer. */
export type Ask = (params: object) => Promise<unknown>

/** Says so many numbers, one an update, and asks in between. */
export async function turn(wanted: Turn, say: (update: object) => unknown, ask: Ask): Promise<void> {
  const { from, updates, asksAfter, pauseMs } = wanted
  for (let at = 1; at <= updates; at += 1) {
    const content = { type: 'text', text: `${from + at} ` }
    await say({ sessionUpdate: 'agent_message_chunk', content })
    if (at === asksAfter) {
      const options = [{ optionId: 'yes', name: 'Yes', kind: 'allow_once' }]
      await ask({ toolCall: { toolCallId: 't', title: 'Write a file' }, options })
    }
    if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs))
    else if (at % 200 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}
