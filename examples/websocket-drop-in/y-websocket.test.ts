import { LinkWebSocket } from '@holdfast/websocket'
import { expect, it } from 'vitest'
import { WebsocketProvider } from 'y-websocket'
import { Doc } from 'yjs'
import { CountedServer } from './counted-server.ts'
import { serveDocument } from './y-server.ts'

it('y-websocket syncs once per link, and no word of the document is lost', async () => {
  await using server = new CountedServer()
  const kept = new Doc()
  serveDocument(server, kept)
  const port = await server.listen()
  const doc = new Doc()
  const provider = new WebsocketProvider(`ws://127.0.0.1:${port}`, 'room', doc, {
    WebSocketPolyfill: LinkWebSocket,
    disableBc: true,
    maxBackoffTime: 50,
  })
  const writing = setInterval(() => doc.getText('t').insert(doc.getText('t').length, 'word '), 10)
  await server.dropTenTimes()
  clearInterval(writing)
  doc.getText('t').insert(doc.getText('t').length, 'end')
  await expect.poll(() => `${kept.getText('t')}`).toBe(`${doc.getText('t')}`)
  expect([server.greetings, server.connections, server.live]).toEqual([11, 11, 1])
  provider.destroy()
  doc.destroy()
})
