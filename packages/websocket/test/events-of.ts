import type { SocketEvents, WebSocketInterface } from '../src/web-socket-interface.ts'

const NAMES = ['open', 'message', 'error', 'close', 'undelivered'] as const

/** The events of a socket, in short, as they are dispatched. */
export function eventsOf(socket: WebSocketInterface): string[] {
  const events: string[] = []
  socket.addEventListener('open', () => events.push('open'))
  socket.addEventListener('message', ({ data }) => events.push(`message ${data}`))
  socket.addEventListener('error', () => events.push('error'))
  socket.addEventListener('close', ({ code, wasClean }) => events.push(`close ${code}${wasClean ? '' : ' lost'}`))
  socket.addEventListener('undelivered', ({ data, state }) => events.push(`${state} ${data}`))
  return events
}

/** The next event of this name. */
export function nextOf<Name extends (typeof NAMES)[number]>(
  socket: WebSocketInterface,
  name: Name,
): Promise<SocketEvents[Name]> {
  return new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }))
}
