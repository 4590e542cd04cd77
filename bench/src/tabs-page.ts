// A tab of the benchmark `tabs`: over a connection that tabs share, or over one of its own.
import { Connection } from '@holdfast/core'
import { sharedByTabs } from '@holdfast/tabs'
import { browserWebSocket } from '@holdfast/transport-browser'

declare global {
  var got: number
  var isOpen: () => boolean
}

const address = new URLSearchParams(location.hash.slice(1))
const connect = (): Connection =>
  new Connection({ transport: browserWebSocket({ classify: false }), target: address.get('url') ?? '' })
const onMessage = (): void => {
  globalThis.got += 1
}
const connection = address.has('shared')
  ? new Connection({ ...sharedByTabs({ name: 'bench', connect }), onMessage })
  : connect()
globalThis.got = 0
globalThis.isOpen = () => connection.state === 'open'
connection.handle(onMessage)
void connection.connect()
