import type { Timer } from '@holdfast/contract'
import { hubMessageId } from '@holdfast/protocol/hub'
import type { HubHistoryRequest } from '@holdfast/protocol/hub/messages'
import { eventFilter } from '../delivery/filters.ts'
import { asHubError } from '../errors.ts'
import type { CommitPipeline } from './commit-pipeline.ts'
import type { MessageHost, Protest } from './connection-parts.ts'
import type { InboundFlow } from './inbound-flow.ts'

/** Others are notified of a changed filter at once, and not again for so long. */
const FILTER_NOTICE_MS = 1_000

/** What a client says to the hub alone (hub §3, §11): nothing of it is in the log. */
export class ClientRequests {
  readonly #host: MessageHost
  readonly #flow: InboundFlow
  readonly #pipeline: CommitPipeline
  readonly #protest: Protest
  #isRenewing = false
  #bootstraps: object[] = []
  #filterTimer: Timer | undefined
  #hasNewFilter = false
  #reading: Promise<void> = Promise.resolve()

  constructor(host: MessageHost, flow: InboundFlow, pipeline: CommitPipeline, protest: Protest) {
    this.#host = host
    this.#flow = flow
    this.#pipeline = pipeline
    this.#protest = protest
  }

  ping(echoedTimestamp: number): void {
    const timestamp = this.#host.parts.context.clock.epoch()
    this.#host.send({ type: 'pong', timestamp, echoedTimestamp })
  }

  /** One hydration is for all that ask before it is sent. */
  bootstrap(message: object): void {
    this.#bootstraps.push(message)
    if (this.#bootstraps.length > 1) return
    const { gate } = this.#host.parts.context
    gate.pass(this.#host.hydrationSize).then(
      () => {
        this.#host.hydrate()
        for (const one of this.#bootstraps.splice(0)) this.#pipeline.ack(one)
      },
      (error: unknown) => this.#host.refuse(asHubError(error)),
    )
  }

  /** What is of no use leaves the old credentials in force, until their end. */
  renew(authorization: string): void {
    if (this.#isRenewing) return
    this.#isRenewing = true
    this.#host
      .renew(authorization.replace(/^Bearer +/i, ''))
      .catch((error: unknown) => this.#protest('not_renewed', asHubError(error).message))
      .finally(() => {
        this.#isRenewing = false
      })
  }

  /** One page at a time, each acknowledged by itself. */
  history(message: HubHistoryRequest, size: number): void {
    if (!this.#host.parts.resumes) return this.#protest('unknown_type', 'message.type: not known to this hub')
    this.#flow.started(size)
    this.#reading = this.#reading
      .then(() => this.#host.sendHistory(message.id, message.before))
      .then(() => this.#pipeline.ack(message))
      .catch((error: unknown) => this.#host.refuse(asHubError(error)))
      .finally(() => this.#flow.finished(size))
  }

  subscribe(patterns: readonly string[], message: object): void {
    const made = eventFilter(patterns, this.#host.parts.context.limits)
    if (!made.ok) return this.#protest('invalid_message', made.issue, hubMessageId(message))
    this.#host.subscription.filter = made.filter
    this.#host.participant.subscriptions = made.filter.patterns
    this.#announceFilter()
    this.#pipeline.ack(message)
  }

  /** Now, and then the newest one after a while: notifying all costs more than asking. */
  #announceFilter(): void {
    this.#hasNewFilter = this.#filterTimer !== undefined
    if (this.#hasNewFilter) return
    const { session, context } = this.#host.parts
    session.presence.update(this.#host.participant)
    this.#filterTimer = context.clock.after(FILTER_NOTICE_MS, () => {
      this.#filterTimer = undefined
      if (this.#hasNewFilter) this.#announceFilter()
    })
  }

  /** Nothing more is taken. */
  end(): void {
    this.#filterTimer?.cancel()
  }
}
