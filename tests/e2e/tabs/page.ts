import { Connection } from '@holdfast/core'
import { sharedByTabs } from '@holdfast/tabs'
import { canShareByWorker, sharedByWorker } from '@holdfast/tabs/worker-page'
import { type Entry, type LogAddress, logConnection, type Note } from './log-client.ts'

/** What a test may ask of a tab. */
export interface TabsPage {
  readonly got: number[]
  readonly gaps: string[]
  state(): string
  send(text: string): void
  /** How often it was asked for a connection: it was the host so often. */
  readonly hosted: number
  /** Each message keeps the app busy for so long. */
  busyMs: number
  /** Nothing of this page runs until the stage releases it, as in a page that is frozen. */
  standStill(): void
  /** The same of its worker. */
  workerStandsStill(): void
}

declare global {
  var tabsPage: TabsPage
}

// Read behind #: url, name, worker, maxBehindBytes, windowBytes.
const address = new URLSearchParams(location.hash.slice(1))
const log: LogAddress = { url: address.get('url') ?? '', name: address.get('name') ?? '' }
const bytes = (option: string): number | undefined => (address.has(option) ? Number(address.get(option)) : undefined)
let hosted = 0

const newWorker = (generation: number) =>
  new SharedWorker('/worker.js', { name: JSON.stringify({ ...log, generation }) })
const options = { name: log.name, windowBytes: bytes('windowBytes') }
const shared =
  address.get('worker') === 'only' && canShareByWorker()
    ? sharedByWorker<Entry, Note>({ ...options, worker: newWorker })
    : sharedByTabs<Entry, Note>({
        ...options,
        maxBehindBytes: bytes('maxBehindBytes'),
        connect: ({ after }) => {
          hosted += 1
          return logConnection(log.url, after)
        },
        worker: address.has('worker') ? newWorker : undefined,
      })
const connection = new Connection<Entry, Note>({
  ...shared,
  onMessage: ({ seq }) => {
    page.got.push(seq)
    return page.busyMs === 0 ? undefined : new Promise((done) => setTimeout(done, page.busyMs))
  },
})
const page = {
  got: [] as number[],
  gaps: [] as string[],
  state: () => connection.state,
  send: (text: string) => void connection.send({ text }),
  get hosted() {
    return hosted
  },
  busyMs: 0,
  standStill() {
    const request = new XMLHttpRequest()
    request.open('GET', '/held', false)
    request.send()
  },
  workerStandsStill: () => new BroadcastChannel(`hang ${log.name}`).postMessage('hang'),
}
connection.on('gap', ({ reason }) => void page.gaps.push(reason))
globalThis.tabsPage = page
void connection.connect()
