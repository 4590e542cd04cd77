// A page of its own for the offline test: while a page is offline, vitest cannot talk to it.
import { Connection } from '@holdfast/core'
import { browserWakeSignals, browserWebSocket } from '../src/index.ts'

declare global {
  var connection: Connection
  /** When the page was told that it is online again, on the page's clock. */
  var onlineAt: number | undefined
  /** When the connection was last open, on the page's clock. */
  var openAt: number | undefined
}

globalThis.connection = new Connection({
  transport: browserWebSocket(),
  target: new URL(location.href).searchParams.get('server') ?? '',
  signals: browserWakeSignals(),
})
connection.on('status', ({ status }) => {
  if (status.state === 'open') globalThis.openAt = performance.now()
})
addEventListener('online', () => {
  globalThis.onlineAt = performance.now()
})
connection.connect().catch(() => {})
