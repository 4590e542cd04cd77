import { createDecoder, readVarUint } from 'lib0/decoding'
import { createEncoder, length, toUint8Array, writeVarUint } from 'lib0/encoding'
import { readSyncMessage, writeSyncStep1 } from 'y-protocols/sync'
import type { Doc } from 'yjs'
import type { CountedServer } from './counted-server.ts'

const SYNC = 0
const SYNC_STEP_1 = 0

/** As much of a server for y-websocket as keeps one document. */
export function serveDocument(server: CountedServer, doc: Doc): void {
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
