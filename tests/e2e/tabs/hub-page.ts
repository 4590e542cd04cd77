import type { SseEvent, Transport } from '@holdfast/core'
import { HubClient, HubObserver } from '@holdfast/hub'
import { hubForTabs, hubOverTabs, observerForTabs, observerOverTabs } from '@holdfast/hub/tabs'
import { sharedByTabs } from '@holdfast/tabs'
import { browserWebSocket } from '@holdfast/transport-browser'
import { eventStream } from '@holdfast/transport-sse'

/** What a test may ask of a tab that shares a session of a hub. */
export interface HubTab {
  /** Texts of the session: those of the conversation so far, and of the events that came. */
  readonly events: string[]
  readonly gaps: string[]
  /** What its commands were answered. */
  readonly answers: string[]
  /** Dials of this page to the hub. */
  readonly dials: number
  /** It has the connection that is shared. */
  readonly isHost: boolean
  /** Questions of the driver that it was shown, and those that are open in it. */
  readonly shown: string[]
  readonly open: Set<string>
  /** Responses of the driver. */
  readonly responses: unknown[]
  /** Answers a question of the driver. */
  decide(id: string, result: string): void
  /** A command for the driver. */
  command(id: string, text: string): void
  /** How far the app of this tab is. */
  position(): string
  state(): string
  /** The session, as the hub named it when the connection was made. */
  session(): string
  /** A command, which the lead runs. */
  send(args: string): void
}

declare global {
  var hubTab: HubTab
}

// Read behind #: hub, session, token, name, observer, after.
const address = new URLSearchParams(location.hash.slice(1))
const given = (name: string): string => address.get(name) ?? ''
const session = { url: given('hub'), sessionId: given('session'), token: given('token') }
const tab = {
  events: [] as string[],
  gaps: [] as string[],
  answers: [] as string[],
  dials: 0,
  isHost: false,
  shown: [] as string[],
  open: new Set<string>(),
  responses: [] as unknown[],
  decide: (_id: string, _result: string): void => {},
  command: (_id: string, _text: string): void => {},
  position: (): string => client.position ?? '',
  state: () => client.status.state,
  session: () => session.sessionId,
  send: (_args: string): void => {},
}

/** Counts dials. */
function counted<In, Out>(transport: Transport<In, Out>): Transport<In, Out> {
  return {
    ...transport,
    open(target, options) {
      tab.dials += 1
      return transport.open(target, options)
    },
  }
}

function hosting<Context, Made>(connect: (context: Context) => Made): (context: Context) => Made {
  return (context) => {
    tab.isHost = true
    return connect(context)
  }
}

function newObserver(): HubObserver {
  const transport: Transport<SseEvent, never> = counted(eventStream())
  const connect = hosting(observerForTabs({ ...session, transport }))
  return new HubObserver({
    ...observerOverTabs(sharedByTabs({ name: given('name'), connect })),
    sessionId: session.sessionId,
    after: address.get('after') ?? undefined,
    onMessage: ({ data }) => note(data),
  })
}

function newClient(): HubClient {
  const transport = counted(browserWebSocket({ classify: false }))
  const connect = hosting(hubForTabs({ ...session, transport, role: 'controller' }))
  const hub = new HubClient({
    ...hubOverTabs(sharedByTabs({ name: given('name'), connect })),
    after: address.get('after') ?? undefined,
    onMessage: (message) => note(message),
    onUiRequest: ({ id }, { signal }) =>
      new Promise((resolve) => {
        tab.shown.push(id)
        tab.open.add(id)
        signal.addEventListener('abort', () => tab.open.delete(id))
        waiting.set(id, resolve)
      }),
  })
  const waiting = new Map<string, (result: unknown) => void>()
  tab.decide = (id, result) => {
    tab.open.delete(id)
    waiting.get(id)?.(result)
  }
  tab.command = (id, text) => void hub.rpcCommand({ id, text })
  tab.send = (args) =>
    void hub
      .command('run', args, { onDrop: 'carry' })
      .then(({ actions }) => tab.answers.push(`${args}: ${Object(actions[0]).result}`))
  tab.session = () => hub.initMessage?.sessionId ?? ''
  return hub
}

function note(message: object): void {
  const { type, data }: { type?: string; data?: unknown } = message
  if (type === 'broadcast') tab.events.push(String(Object(data).text))
  if (type === 'rpc_response') tab.responses.push(Object(message).response)
}

const client = address.has('observer') ? newObserver() : newClient()
const { connection } = client
connection.on('gap', ({ reason }: { reason: string }) => void tab.gaps.push(reason))
globalThis.hubTab = tab
void client.connect()
