import { Connection } from '@holdfast/core'
import { sharedByTabs } from '@holdfast/tabs'
import { type Entry, type LogAddress, logConnection, type Note } from './log-client.ts'

/** What a test may ask of a tab. */
export interface TabsPage {
  readonly got: number[]
  readonly gaps: string[]
  readonly transport: string
  state(): string
  explain(): string
  send(text: string): void
  /** How often it was asked for a connection: it was the host so often. */
  readonly hosted: number
  /** Each message keeps the app busy for so long. */
  busyMs: number
  /** When the newest message came, as `Date.now()`. */
  gotAt: number
  heap(): number
}

declare global {
  var tabsPage: TabsPage
}

// Read behind #: url, name, worker, maxBehindBytes.
const address = new URLSearchParams(location.hash.slice(1))
const log: LogAddress = { url: address.get('url') ?? '', name: address.get('name') ?? '' }
const bytes = address.get('maxBehindBytes')
let hosted = 0

const shared = sharedByTabs<Entry, Note>({
  name: log.name,
  maxBehindBytes: bytes === null ? undefined : Number(bytes),
  connect: ({ after }) => {
    hosted += 1
    return logConnection(log.url, after)
  },
  worker: address.has('worker') ? () => new SharedWorker('/worker.js', { name: JSON.stringify(log) }) : undefined,
})
const connection = new Connection<Entry, Note>({
  ...shared,
  onMessage: ({ seq }) => {
    page.got.push(seq)
    page.gotAt = Date.now()
    return page.busyMs === 0 ? undefined : new Promise((done) => setTimeout(done, page.busyMs))
  },
})
const page = {
  got: [] as number[],
  gaps: [] as string[],
  transport: shared.transport.name,
  state: () => connection.state,
  explain: () => connection.explain(),
  send: (text: string) => void connection.send({ text }),
  get hosted() {
    return hosted
  },
  busyMs: 0,
  gotAt: 0,
  heap: () => Number(Object(performance).memory?.usedJSHeapSize ?? 0),
}
connection.on('gap', ({ reason }) => void page.gaps.push(reason))
globalThis.tabsPage = page
void connection.connect()
