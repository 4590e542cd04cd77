import { LinkWebSocket } from '@holdfast/websocket'
import { createDecoder, readVarUint } from 'lib0/decoding'
import { createEncoder, length, toUint8Array, writeVarUint } from 'lib0/encoding'
import { expect, it } from 'vitest'
import { readSyncMessage, writeSyncStep1 } from 'y-protocols/sync'
import { WebsocketProvider } from 'y-websocket'
import { Doc } from 'yjs'
import { CountedServer } from './counted-server.ts'

const SYNC = 0
const SYNC_STEP_1 = 0

/** As much of a server for y-websocket as keeps one document. */
function serveDocument(server: CountedServer, doc: Doc): void {
  server.sockets.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const decoder = createDecoder(new Uint8Array(data))
      if (readVarUint(decoder) !== SYNC) return
      if (data[1] === SYNC_STEP_1) server.greetings += 1
      const answer = createEncoder()
      writeVarUint(answer, SYNC)
      readSyncMessage(decoder, answer, doc, socket)
      if (length(answer) > 1) socket.send(toUint8Array(answer))
    })
    const hello = createEncoder()
    writeVarUint(hello, SYNC)
    writeSyncStep1(hello, doc)
    socket.send(toUint8Array(hello))
  })
}

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
