import type { WebSocket } from 'ws'
import type { Coder, Options, SocketClient, StreamClient } from './hub-module.ts'
import { fact } from './hub-module.ts'
import { type Seen, type SocketServer, socketServer } from './servers.ts'

export const broadcast = (i: number) => ({
  type: 'broadcast',
  event: 'e',
  category: 'c',
  sessionId: 's1',
  timestamp: 1,
  data: { i },
})
export const entry = (line: string) => ({ type: 'session_entry', path: 'p', line })
export const question = { type: 'tool', name: 'n', toolCallId: 't', params: {} }
export const say = (socket: WebSocket, message: unknown): void => socket.send(JSON.stringify(message))

/** Delays that make an outage short. */
export const QUICK = { reconnectDelayMs: 20, maxReconnectDelayMs: 40 }

/** A hub that accepts everybody under a role; `then` says what else it does. */
export function hub(role: string, then: (socket: WebSocket, dial: number, seen: Seen) => void = () => {}) {
  return socketServer((socket, dial, seen) => {
    say(socket, { type: 'init', role, sessionId: 's1' })
    then(socket, dial, seen)
  })
}

/** A hub that answers each request. */
export function answering(answer: (id: string) => object): Promise<SocketServer> {
  return hub('lead', (socket) => {
    socket.on('message', (data) => {
      const { id } = JSON.parse(String(data))
      if (typeof id === 'string') say(socket, answer(id))
    })
  })
}

/** A client that logs what it is told: codes and facts, no texts. */
export function socketClient(coder: Coder, options: Options, log: string[]): SocketClient {
  return new coder.CoderHubWebSocketClient({
    sessionId: 's1',
    apiKey: '',
    onStateChange: (state: string) => log.push(`state ${state}`),
    onError: (error: unknown) => log.push(errorLine(error)),
    onClose: (code: number, reason: string) => log.push(`close ${code} '${reason}'`),
    onInit: ({ role }: { readonly role: string }) => log.push(`init ${role}`),
    onOpen: () => log.push('open'),
    onMessage: ({ type = 'response' }: { readonly type?: string }) => log.push(`message ${type}`),
    ...options,
  })
}

export function streamClient(coder: Coder, options: Options, log: string[]): StreamClient {
  return new coder.CoderSSEClient({
    sessionId: 's1',
    apiKey: '',
    onSnapshot: ({ label }: { readonly label: string }) => log.push(`snapshot ${label}`),
    onHydration: () => log.push('hydration'),
    onPresence: ({ event }: { readonly event: string }) => log.push(`presence ${event}`),
    onBroadcast: ({ event }: { readonly event: string }) => log.push(`broadcast ${event}`),
    onEvent: ({ event }: { readonly event: string }) => log.push(`event ${event}`),
    onOpen: () => log.push('open'),
    onClose: () => log.push('close'),
    onError: (error: unknown) => log.push(errorLine(error)),
    ...options,
  })
}

export function errorLine(error: unknown): string {
  const facts = ['closeCode', 'closeReason', 'serverCode', 'serverMessage', 'serverMessageType']
  const known = facts.flatMap((name) => fact(error, name) ?? [])
  return ['error', fact(error, 'code') ?? fact(error, 'name'), ...known].join(' ')
}

/** Reads to the end: how many came, and how it ended. */
export async function drain(messages: AsyncIterable<unknown>): Promise<string> {
  let count = 0
  try {
    for await (const _ of messages) count += 1
    return `${count}, ended`
  } catch (error) {
    return `${count}, threw ${errorLine(error)}`
  }
}

export const withoutStates = (log: readonly string[]): readonly string[] =>
  log.filter((line) => !line.startsWith('state'))
