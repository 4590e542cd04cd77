import { expect, it } from 'vitest'
import { startRemoteServer } from '../../transport-browser/test/remote-server.ts'
import { LinkWebSocket, ReconnectingWebSocket } from '../src/index.ts'

/** What a page sees of one link: all that its events and attributes say, in order. */
async function seenBy(Socket: new (url: string, protocols?: string[]) => WebSocket): Promise<unknown[]> {
  const server = await startRemoteServer()
  const seen: unknown[] = []
  try {
    const socket = new Socket(server.url.replace('ws:', 'http:'))
    const shown = (event: Event) => [
      event.type,
      event instanceof CloseEvent && [event.code, event.reason, event.wasClean],
      event instanceof MessageEvent && [Object.prototype.toString.call(event.data), event.data.size ?? event.data],
      event.target === socket && event.currentTarget === socket,
      [event.bubbles, event.cancelable, event.eventPhase],
      socket.readyState,
      socket.protocol,
      socket.extensions,
    ]
    for (const name of ['open', 'message', 'error', 'close']) {
      socket.addEventListener(name, (event) => seen.push(shown(event)))
    }
    // Last, as the browser's own continues between two listeners.
    const closed = new Promise((resolve) => socket.addEventListener('close', resolve))
    await new Promise((resolve) => {
      socket.onopen = resolve
    })
    const link = await server.link()
    socket.send('text')
    socket.send(new Blob(['blob']))
    socket.send(new Uint8Array([1, 2, 3]))
    seen.push(await link.received(3))
    link.send('down')
    link.send(new Uint8Array([9, 8]))
    link.close(4001, 'over')
    await closed
    const all = [...seen]
    if ('reconnect' in socket) socket.close()
    return all
  } finally {
    await server.close()
  }
}

it('a page sees of a link what the WebSocket of its browser shows', async () => {
  const native = await seenBy(WebSocket)
  expect(native.length).toBe(5)
  expect(await seenBy(LinkWebSocket)).toEqual(native)
  const staying = await seenBy(ReconnectingWebSocket)
  // The state after a close alone is another one: it dials again.
  expect(staying.slice(0, -1)).toEqual(native.slice(0, -1))
  expect(staying.slice(-1)).toEqual([['close', [4001, 'over', true], false, true, [false, false, 2], 0, '', '']])
})

it('a closed port is reported as by the browser, and with a reason', async () => {
  const eventsOfClosedPort = (Socket: new (url: string) => WebSocket): Promise<unknown[]> =>
    new Promise((resolve) => {
      const socket = new Socket('ws://127.0.0.1:1/')
      const events: unknown[] = []
      socket.onerror = ({ type }) => events.push(type)
      socket.onclose = ({ code, reason, wasClean }) => {
        events.push([code, reason, wasClean])
        socket.close()
        resolve(events)
      }
    })
  const native = await eventsOfClosedPort(WebSocket)
  expect(native).toEqual(['error', [1006, '', false]])
  expect(await eventsOfClosedPort(LinkWebSocket)).toEqual(native)
  expect(await eventsOfClosedPort(ReconnectingWebSocket)).toEqual(native)
})
