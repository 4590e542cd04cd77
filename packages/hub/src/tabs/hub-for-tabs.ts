import { systemClock } from '@holdfast/core'
import { OpenQuestions } from '@holdfast/core/protocol'
import {
  formatHubPosition,
  type HubHydrationMessage,
  type HubRequest,
  type HubServerMessage,
  readHubStamp,
} from '@holdfast/protocol/hub'
import type { HubHistoryRequest, HubRpcUiResponseMessage } from '@holdfast/protocol/hub/messages'
import { HubError } from '../errors.ts'
import type { HubOutgoing } from '../handshake.ts'
import { HubClient } from '../hub-client.ts'
import type { HubGap } from '../hub-stream.ts'
import { isHydration, isUiRequest, isUiResponse } from '../message-kinds.ts'
import type { HubOptions } from '../options.ts'
import { commandOf, isCommand, routeOfResponse } from './commands.ts'
import { firstState } from './first-state.ts'
import type { HubRoute, HubTab, SharedHub, SharedHubContext } from './shared.ts'
import { TabSubscriptions } from './subscriptions.ts'

/** A tab gives up by itself; the answer to a request that it still waits for is taken for so long. In milliseconds. */
const ANSWER_MS = 600_000

/** Options of the client that tabs share. Each tab gives its own callbacks to a client of its own. */
export type HubForTabsOptions = Omit<
  HubOptions,
  'wire' | 'after' | 'subscribe' | 'role' | 'onMessage' | 'onRequest' | 'onUiRequest' | 'onHydration' | 'onInit'
> & {
  readonly role?: 'controller' | 'observer' | undefined
}

/** Between the client that is shared and the hub, and no business of a tab. */
const OF_THE_LINK: ReadonlySet<unknown> = new Set(['subscribe', 'bootstrap_ready', 'ping', 'ack'])

/**
 * What `sharedByTabs()` and `serveTabs()` of `@holdfast/tabs` take as `connect`, for a session of a hub: one client that has the
 * connection for all tabs. It resumes where the tabs are; a tab that opens later gets the conversation of then, and what the driver
 * asked and nobody has answered; answers go to the tab that asked, and so do responses to its RPC commands that have an id; the hub is
 * asked for what any of the tabs subscribes to.
 * @throws `hub/invalid_option`: a lead is one program, and not shared
 */
export function hubForTabs(
  options: HubForTabsOptions,
): (context: SharedHubContext) => SharedHub<HubServerMessage, HubOutgoing> {
  if (Object(options).role === 'lead' || options.agent !== undefined)
    throw new HubError(
      'hub/invalid_option',
      'Option role: expected controller or observer; a lead cannot be shared by tabs',
    )
  return ({ after }) => new ClientForTabs(options, after)
}

type TabOfHub = HubTab<HubServerMessage, HubOutgoing>

class ClientForTabs implements SharedHub<HubServerMessage, HubOutgoing> {
  readonly #options: HubForTabsOptions
  readonly #hub: HubClient
  readonly #subscriptions: TabSubscriptions
  /** What the driver asked, and nobody has answered. */
  readonly #questions = new OpenQuestions<HubServerMessage>()
  /** The state comes with the connection, and has not come yet. */
  #isStateComing: boolean

  constructor(options: HubForTabsOptions, after: SharedHubContext['after']) {
    this.#options = options
    this.#isStateComing = after === undefined
    this.#hub = new HubClient({ ...options, after: after && formatHubPosition(after) })
    this.#subscriptions = new TabSubscriptions((all) => this.#hub.subscribe(all))
    // What is open is asked again by a hub that begins anew.
    this.connection.on('link', ({ resumed }) => resumed || this.#questions.clear())
  }

  get connection(): HubClient['connection'] {
    return this.#hub.connection
  }

  positionOf(message: HubServerMessage): ReturnType<SharedHub<HubServerMessage, HubOutgoing>['start']> {
    const { seq } = readHubStamp(message) ?? {}
    const { epoch } = this.connection.ready?.offer ?? {}
    return seq === undefined || epoch === undefined ? undefined : { epoch, seq }
  }

  start(): ReturnType<SharedHub<HubServerMessage, HubOutgoing>['start']> {
    const { epoch, seq } = this.connection.ready?.offer ?? {}
    return seq === undefined || epoch === undefined ? undefined : { epoch, seq }
  }

  about(): unknown {
    return this.#hub.initMessage
  }

  get snapshots(): SharedHub<HubServerMessage, HubOutgoing>['snapshots'] {
    return {
      partOf: (message) => {
        if (!isHydration(message)) return undefined
        this.#isStateComing = false
        return 'end'
      },
      load: (signal) => this.#load(signal),
    }
  }

  /** By a client that watches for a moment: the connection that is shared is given no second state. */
  async #load(signal: AbortSignal): ReturnType<SharedHub<HubServerMessage, HubOutgoing>['snapshots']['load']> {
    const { clock = systemClock, ...options } = this.#options
    const { sessionId } = this.#hub
    const messages = await firstState<HubServerMessage, HubServerMessage | HubGap>(
      {
        ...{ clock, isComing: this.#isStateComing },
        begin: (given) => new HubClient({ ...options, clock, sessionId, role: 'observer', signal: given }),
        stateIn: (item) => (isState(item) ? { message: item, isEnd: true } : undefined),
      },
      signal,
    )
    const [hydration] = messages
    return { messages, at: hydration && this.positionOf(hydration) }
  }

  take(message: HubOutgoing, tab: TabOfHub): PromiseLike<unknown> | undefined {
    if (isRequest(message)) return this.#asks(message, tab)
    if (isHistoryRequest(message)) return this.#readsHistory(message, tab)
    if (isUiAnswer(message)) return this.#answers(message, tab)
    if (isCommand(message)) return tab.send(commandOf(message, tab.id))
    if (message.type === 'subscribe' && Array.isArray(message.patterns))
      this.#subscriptions.set(tab.id, message.patterns)
    return OF_THE_LINK.has(message.type) ? Promise.resolve() : undefined
  }

  /** A response of the driver is for the tab whose command it answers; what it asks is for all of them, until it is answered. */
  route(message: HubServerMessage): HubRoute<HubServerMessage> | undefined {
    if (isUiResponse(message)) this.#questions.settle(message.id)
    if (!isUiRequest(message)) return routeOfResponse(message)
    this.#questions.keep(message.id, message, JSON.stringify(message).length)
    return { message, isFor: () => this.waiting().includes(message) }
  }

  waiting(): readonly HubServerMessage[] {
    const open: HubServerMessage[] = []
    this.#questions.offer((question) => open.push(question) < 0)
    return open
  }

  left(tab: string): void {
    this.#subscriptions.left(tab)
  }

  /** To the other tabs the question is over when the hub has the answer; the hub says so to other clients alone. */
  async #answers(message: HubRpcUiResponseMessage, tab: TabOfHub): Promise<void> {
    await tab.send(message)
    this.#questions.settle(message.id)
    tab.give({ type: 'rpc_ui_response', id: message.id, result: undefined }, 'others')
  }

  /** Under an id that no other tab has: the hub recognises it wherever the connection is. */
  async #asks({ id, ...question }: HubRequest, tab: TabOfHub): Promise<void> {
    const answer = await this.#hub.request(question, {
      ...{ id: `${tab.id}.${id}`, onDrop: tab.once ? 'reject' : 'carry', timeoutMs: ANSWER_MS },
    })
    tab.give({ ...answer, id }, 'it')
  }

  async #readsHistory({ id, before }: HubHistoryRequest, tab: TabOfHub): Promise<void> {
    for await (const page of this.#hub.history({ before }))
      return tab.give({ ...page, type: 'session_history', id }, 'it')
  }
}

function isState(item: HubServerMessage | HubGap): item is HubHydrationMessage {
  return item.type === 'session_hydration'
}

function isRequest(message: HubOutgoing): message is HubRequest {
  const { type } = message
  return (type === 'event' || type === 'tool' || type === 'command') && typeof message.id === 'string'
}

function isHistoryRequest(message: HubOutgoing): message is HubHistoryRequest {
  return message.type === 'history' && typeof message.id === 'string'
}

function isUiAnswer(message: HubOutgoing): message is HubRpcUiResponseMessage {
  return message.type === 'rpc_ui_response' && typeof message.id === 'string'
}
