import type { SocketEvents, WebSocketInterface } from '../src/web-socket-interface.ts'

const NAMES = ['open', 'message', 'error', 'close', 'undelivered'] as const

/** Everything that a socket tells, in short, and a wait for the next of a name. */
export function whatItTells(socket: WebSocketInterface): string[] {
  const told: string[] = []
  socket.addEventListener('open', () => told.push('open'))
  socket.addEventListener('message', ({ data }) => told.push(`message ${data}`))
  socket.addEventListener('error', () => told.push('error'))
  socket.addEventListener('close', ({ code, wasClean }) => told.push(`close ${code}${wasClean ? '' : ' lost'}`))
  socket.addEventListener('undelivered', ({ data, state }) => told.push(`${state} ${data}`))
  return told
}

/** The next event of this name. */
export function nextOf<Name extends (typeof NAMES)[number]>(
  socket: WebSocketInterface,
  name: Name,
): Promise<SocketEvents[Name]> {
  return new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }))
}
