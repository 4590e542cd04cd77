import { explainCause, type Gap, watchOutages } from '@holdfast/core'
import { HubClient, HubError } from '@holdfast/hub'
import {
  HUB_CLOSE,
  type HubBroadcastMessage,
  type HubParticipant,
  type HubPresenceMessage,
  type HubServerMessage,
  isKnownHubServerMessage,
} from '@holdfast/protocol/hub'
import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import { browserWebSocket } from '@holdfast/transport-browser'
import { AbsenceWatch } from './absence.ts'
import { AgentControl } from './agent/agent-control.ts'
import { AgentState } from './agent/agent-state.ts'
import { Conversation } from './conversation.ts'
import { CountingTransport } from './counting-transport.ts'
import { DemoCount } from './demo-count.ts'
import { textOf } from './entries.ts'
import { EventAccount } from './event-account.ts'
import { ConversationFinder } from './finder.ts'
import { ANSWER_MS, finalWords, isForbidden, joining, peopleAfter, type SessionParts } from './joining.ts'
import { type Outage, OutageWatch } from './outages.ts'
import { wordsOf } from './request.ts'
import { Store } from './store.ts'

/** One session that this page is in. */
export class Session extends Store {
  readonly parts: SessionParts
  readonly client: HubClient
  readonly transport: CountingTransport = new CountingTransport(
    // What is said of every failed attempt is what was found out, not every other time.
    browserWebSocket({ classify: { everyFailures: 1 } }),
  )
  readonly conversation: Conversation = new Conversation()
  readonly count: DemoCount | undefined
  readonly outages: OutageWatch
  readonly search: ConversationFinder = new ConversationFinder()
  readonly agent: AgentState = new AgentState()
  readonly control: AgentControl
  readonly absence: AbsenceWatch = new AbsenceWatch(() => this.conversation)
  participants: readonly HubParticipant[] = []
  questions: readonly HubRpcUiRequestMessage[] = []
  label: string | undefined
  task: string | undefined
  leadConnected = false
  /** Shown where something is wrong for longer than a blink. */
  trouble: string | undefined
  isOver = false
  /** The gateway has no such session, or none that this token may see. */
  isMissing = false
  /** All of the past is here that the gateway still has. */
  isWhole = false
  /** Questions that this page answered. */
  answered = 0
  /** Events that came after a reconnect and had happened before it. */
  replayed = 0
  readonly #account: EventAccount
  #openedAt = Number.POSITIVE_INFINITY
  #hydrated = false
  #reading = new AbortController()
  readonly #mine = new Set<string>()
  #waiting = 0

  constructor(parts: SessionParts) {
    super()
    this.parts = parts
    this.count = parts.isDemo && parts.isAgent !== true ? new DemoCount() : undefined
    this.client = new HubClient({
      transport: this.transport,
      ...joining(parts),
      onInit: () => this.changed(),
      onMessage: (message) => this.#message(message),
      onGap: (gap) => this.#gap(gap),
      onStatus: () => this.changed(),
    })
    const { client, transport } = this
    const { connection } = client
    this.#account = new EventAccount({
      transport,
      unconfirmed: () => this.#waiting,
      inDoubt: () => client.metrics.inDoubt,
      dials: () => client.metrics.dials,
    })
    this.control = new AgentControl({
      ...{ client, state: this.agent, sent: (sending) => this.#sent(sending) },
      ...{ say: (text) => this.#say(text), changed: () => this.changed() },
    })
    this.outages = new OutageWatch({ connection, account: this.#account, changed: (outage) => this.#outage(outage) })
    this.#listen()
  }

  /** What the person sent and is unconfirmed: what the page sends by itself is none of it. */
  get waiting(): number {
    return this.#waiting
  }

  /** What the lead waits for; one that is not there waits for nothing. */
  get openQuestions(): readonly HubRpcUiRequestMessage[] {
    return this.leadConnected ? this.questions : []
  }

  /** A person knows what they missed. */
  dismissAbsence(): void {
    this.absence.dismiss()
    this.changed()
  }

  /** Dials at once. */
  tryNow(): void {
    this.client.reconnect()
  }

  /** Joins, for as long as it takes. */
  start(): void {
    this.client.connect().catch((error: unknown) => {
      if (isForbidden(error)) this.parts.onForbidden?.()
    })
    document.addEventListener('visibilitychange', this.#looked)
    if (this.parts.role === 'controller') this.count?.start(this.client, () => this.changed())
  }

  async stop(): Promise<void> {
    this.#reading.abort()
    this.outages.stop()
    document.removeEventListener('visibilitychange', this.#looked)
    this.count?.stop()
    await this.client.close()
  }

  /** Sends the lead an instruction; `/name args` is a command. */
  async steer(text: string): Promise<void> {
    const row = this.conversation.note({ type: 'user_prompt', timestamp: Date.now(), content: text }, 'sending')
    this.changed()
    const id = crypto.randomUUID()
    this.#mine.add(id)
    const [, name, args = ''] = /^\/(\S+)\s*(.*)$/s.exec(text) ?? []
    const options = { id, onDrop: 'carry', timeoutMs: ANSWER_MS } as const
    try {
      const asked =
        name === undefined
          ? this.client.event('steer', { content: text }, options)
          : this.client.command(name, args, options)
      const { actions } = await this.#sent(asked)
      row.state = undefined
      const block = actions.find(({ action }) => action === 'BLOCK')
      if (block !== undefined && 'reason' in block) this.#say(`The lead did not do it: ${block.reason}`)
    } catch (error) {
      row.state = 'failed'
      this.#say(`It was not delivered: ${wordsOf(error)}`)
    }
    this.conversation.version++
    this.changed()
  }

  /** Answers a question of the lead. */
  answer(question: HubRpcUiRequestMessage, result: unknown): void {
    const sent = this.client.send({ type: 'rpc_ui_response', id: question.id, result })
    this.#sent(sent).catch((error: unknown) => this.#say(`Your answer was not delivered: ${wordsOf(error)}`))
    this.answered++
    this.#settle(question.id)
  }

  /** Counts what a person sent until it is confirmed, or given up. */
  async #sent<T>(sending: PromiseLike<T>): Promise<T> {
    this.#waiting++
    try {
      return await sending
    } finally {
      this.#waiting--
      this.changed()
    }
  }

  #listen(): void {
    const { connection } = this.client
    watchOutages(connection, {
      lost: (cause) => {
        this.trouble = cause === undefined ? 'Reconnecting …' : `Reconnecting: ${explainCause(cause)}.`
        this.changed()
      },
      restored: () => {
        this.trouble = undefined
        this.changed()
      },
    })
    connection.on('status', ({ status }) => {
      if (status.state === 'open') {
        this.#openedAt = Date.now()
        this.trouble = undefined
      }
      this.isOver = status.state === 'closed' && status.outcome.reason !== 'user'
      if (status.state === 'closed' && 'error' in status.outcome) {
        const { error } = status.outcome
        this.trouble = finalWords(error)
        this.isMissing = error instanceof HubError && error.details.closeCode === HUB_CLOSE.sessionNotFound
      }
      this.changed()
    })
  }

  #message(message: HubServerMessage): void {
    this.#account.take(message)
    if (message.type === 'rpc_ui_response') return this.#settle(String(message['id']))
    if (!isKnownHubServerMessage(message)) return
    if (message.type === 'broadcast') this.#event(message)
    else if (message.type === 'presence') this.#presence(message)
    else if (message.type === 'rpc_ui_request') this.#asked(message)
    else if (message.type === 'session_hydration') {
      this.leadConnected = message.leadConnected ?? this.leadConnected
      this.label = message.label ?? this.label
      this.task = message.task ?? this.task
      // After a resume the stream itself has everything, exactly once.
      if (!this.#hydrated || this.client.connection.ready?.resumed !== true) {
        this.conversation.hydrate(message)
        void this.#readBack()
      }
      this.#hydrated = true
      this.agent.hydrate(message)
      if (this.parts.isAgent === true && this.parts.role === 'controller') this.control.load().catch(() => {})
    } else return
    this.changed()
  }

  /** What the hydration left out, a page at a time; the newest hydration decides. */
  async #readBack(): Promise<void> {
    this.#reading.abort()
    this.#reading = new AbortController()
    const { signal } = this.#reading
    try {
      for await (const { entries, lost } of this.client.history({ signal })) {
        if (signal.aborted) return
        const content = 'The gateway no longer has what was before this.'
        const gone =
          lost === undefined ? [] : [{ type: 'note', timestamp: entries[0]?.timestamp ?? Date.now(), content }]
        this.conversation.prepend([...gone, ...entries])
        this.changed()
      }
      this.isWhole = !signal.aborted
      this.changed()
    } catch (error) {
      if (!signal.aborted) this.#say(`What was before this could not be read: ${wordsOf(error)}`)
    }
  }

  #event({ event, data, timestamp }: HubBroadcastMessage): void {
    const { n } = data
    if (this.client.metrics.opens > 1 && timestamp < this.#openedAt) this.replayed++
    if (event === 'demo_tick' && typeof n === 'number') this.count?.down.take(n)
    if (event === 'permission_answered') this.#settle(textOf(data, 'id') ?? '')
    if (event === 'session_label_updated') this.label = textOf(data, 'label') ?? this.label
    if (event === 'steer_taken' && !this.#mine.has(textOf(data, 'id') ?? '')) {
      this.conversation.note({ type: 'user_prompt', timestamp, content: textOf(data, 'content') })
    }
    this.agent.event(event, data)
    this.conversation.event(event, data, timestamp)
  }

  #presence(message: HubPresenceMessage): void {
    this.participants = peopleAfter(this.participants, message)
    this.leadConnected = this.participants.some(({ role }) => role === 'lead')
  }

  #asked(question: HubRpcUiRequestMessage): void {
    if (this.questions.some(({ id }) => id === question.id)) return
    this.questions = [...this.questions, question]
  }

  #settle(id: string): void {
    this.questions = this.questions.filter((question) => question.id !== id)
    this.changed()
  }

  /** Events are missing: the hydration that follows has what came of them. */
  #gap({ from, to }: Gap): void {
    this.#account.gap(from, to)
    this.#hydrated = false
    this.#say('Events are missing here: the gateway no longer has them.')
  }

  readonly #looked = (): void => {
    if (document.visibilityState === 'hidden') this.absence.left('hidden')
    else this.absence.returned('hidden')
    this.changed()
  }

  #outage(outage: Outage | undefined): void {
    if (this.outages.awaySince !== undefined && this.#hydrated) this.absence.left('offline')
    if (outage !== undefined) {
      this.absence.returned('offline')
      this.conversation.outage(outage)
    }
    this.changed()
  }

  #say(content: string): void {
    this.conversation.note({ type: 'note', timestamp: Date.now(), content })
    this.changed()
  }
}
