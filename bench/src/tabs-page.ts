// A tab of the benchmark `tabs`: over a connection that tabs share, or over one of its own. The bundle has the code for one of these.
import { Connection } from '@holdfast/core'
import { sharedByTabs } from '@holdfast/tabs'
import { sharedByWorker } from '@holdfast/tabs/worker-page'
import { browserWebSocket } from '@holdfast/transport-browser'

/** Where the connection is: put in by the bundler. */
declare const PLACE: 'own' | 'tab' | 'worker'

declare global {
  var got: number
  var isOpen: () => boolean
  /** When it was open last, and whether it is the host. In milliseconds since 1970. */
  var openedAt: number
  var isHost: boolean
  /** Nothing runs in this page from here on. */
  var standStill: () => void
}

const address = new URLSearchParams(location.hash.slice(1))
const connect = (): Connection => {
  globalThis.isHost = true
  return new Connection({ transport: browserWebSocket({ classify: false }), target: address.get('url') ?? '' })
}
globalThis.isHost = false
globalThis.standStill = () => {
  const request = new XMLHttpRequest()
  request.open('GET', '/held', false)
  request.send()
}
globalThis.openedAt = 0
const onMessage = (): void => {
  globalThis.got += 1
}
const url = address.get('url') ?? ''
const newWorker = (generation: number): SharedWorker =>
  new SharedWorker('/worker.js', { name: JSON.stringify({ url, generation }) })
const sharing = (): Connection => {
  if (PLACE === 'worker') return new Connection(sharedByWorker({ name: 'bench', worker: newWorker }))
  return new Connection(sharedByTabs({ name: 'bench', connect }))
}
const connection = PLACE === 'own' ? connect() : sharing()
globalThis.got = 0
globalThis.isOpen = () => connection.state === 'open'
connection.handle(onMessage)
connection.on('open', () => {
  globalThis.openedAt = Date.now()
})
void connection.connect()
