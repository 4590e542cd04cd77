import { Tally, type TallyReport } from '@holdfast/app-demo/tally'
import type { HubClient } from '@holdfast/hub'
import { ANSWER_MS } from './joining.ts'

const EVERY_MS = 1_000

/** Numbers both ways: what the lead's program prints, and what this page sends. */
export class DemoCount {
  readonly down: Tally = new Tally()
  sent = 0
  /** What the lead has, as it last reported it. */
  up: TallyReport = new Tally(1).report
  readonly #name = crypto.randomUUID()
  #timer: ReturnType<typeof setInterval> | undefined

  /**
   * Sends a number a second while this page is visible, to a lead that counts: to others it would be noise in their log. `changed`: the
   * lead has said what it has.
   */
  start(client: HubClient, changed: () => void): void {
    this.#timer = setInterval(() => this.#next(client, changed), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #next(client: HubClient, changed: () => void): void {
    if (document.visibilityState === 'hidden' || this.down.report.received === 0) return
    const data = { from: this.#name, n: ++this.sent }
    client.event('demo_count', data, { onDrop: 'carry', timeoutMs: ANSWER_MS }).then(
      ({ actions: [action] }) => {
        if (action === undefined || !('result' in action) || !isReport(action.result)) return
        this.up = action.result
        changed()
      },
      () => {},
    )
  }
}

function isReport(value: unknown): value is TallyReport {
  return typeof value === 'object' && value !== null && 'received' in value && 'missing' in value && 'doubled' in value
}
