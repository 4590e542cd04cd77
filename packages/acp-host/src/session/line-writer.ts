import { isObject } from '@holdfast/contract/shape'
import { requestNumber } from '../state/acp-state.ts'
import { outcomeOf } from '../state/client-message.ts'
import type { RecordOf } from '../state/records.ts'
import type { HubStored } from './hub/hub-events.ts'
import type { SessionCore } from './session-core.ts'

/** A message of the agent, and where it stands in its stdout. */
export interface AgentLine {
  readonly program: string
  /** Behind it. */
  readonly offset: number
  readonly message: Readonly<Record<string, unknown>>
  /** It is in the log, or is not for it: it need not come again. */
  readonly done: () => void
}

/** Lines that are written together. */
const BATCH = 200

/** Brings the agent's messages into the log, in order and once: with each goes its offset, and what the hub shows of it. */
export class LineWriter {
  readonly #session: SessionCore
  #lines: AgentLine[] = []
  #isWriting = false

  constructor(session: SessionCore) {
    this.#session = session
  }

  take(line: AgentLine): void {
    this.#lines.push(line)
    if (!this.#isWriting) void this.#write()
  }

  async #write(): Promise<void> {
    this.#isWriting = true
    try {
      while (this.#lines.length > 0 && !this.#session.signal.aborted) {
        const lines = this.#lines.splice(0, BATCH)
        await this.#bring(lines.filter((line) => this.#isNew(line)))
        for (const { done } of lines) done()
      }
    } catch (error) {
      this.#session.stopServing(`What the agent says cannot be written: ${String(error)}`)
    } finally {
      this.#isWriting = false
    }
  }

  async #bring(lines: readonly AgentLine[]): Promise<void> {
    if (lines.length === 0) return
    const pairs = lines.map(({ program: p, offset: o, message: m }) => {
      const record: RecordOf<'acp.in'> = { t: 'acp.in', p, o, m }
      return { record, shown: this.#shownOf(record) }
    })
    await this.#session.writePairs(pairs)
  }

  /** What another server has written is not written again, and what a load repeats was shown. */
  #isNew({ program, offset, message }: AgentLine): boolean {
    const { state } = this.#session
    if (program !== state.program || offset <= state.offset) return false
    const isReplay = state.isOpening && state.hasHistory && state.agentSession !== undefined
    return !(isReplay && message['method'] === 'session/update')
  }

  #shownOf(record: RecordOf<'acp.in'>): readonly HubStored[] {
    const { m } = record
    const { state, shown } = this.#session
    const { method, params } = m
    if (method === 'session/update') return shown.updated(isObject(params) ? params['update'] : undefined)
    if (typeof method === 'string') return 'id' in m ? shown.asked(record) : []
    const request = state.requests.get(requestNumber(m['id']) ?? 0)
    const outcome = outcomeOf(m)
    if (request?.why === 'open' || request?.why === 'set') return shown.chosen(request, outcome)
    if (request?.why !== 'prompt' || request.prompt === undefined) return []
    if ('error' in outcome) return shown.turned(request.prompt, 'failed', outcome.error.message)
    const stopReason = isObject(outcome.result) ? outcome.result['stopReason'] : undefined
    return shown.turned(request.prompt, typeof stopReason === 'string' ? stopReason : 'end_turn')
  }
}
