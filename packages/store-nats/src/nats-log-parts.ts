import { jetstreamManager } from '@nats-io/jetstream'
import { Blobs } from './blobs.ts'
import { ChainReader } from './chain-reader.ts'
import { closeConnection, connectTo, openingError } from './connect.ts'
import { ConnectedSenders } from './connected-senders.ts'
import { Deadline } from './deadline.ts'
import { LayoutBuilder } from './layout.ts'
import { Leases } from './leases.ts'
import { Link, TRY_MS } from './link.ts'
import { LiveFeed } from './live-feed.ts'
import type { Names } from './names.ts'
import type { Settings } from './options.ts'
import { Pages } from './pages/pages.ts'
import { retryUntil } from './retry.ts'
import { checkVersion, warnOfPowerLoss } from './server-checks.ts'
import { SessionIndex } from './session-index.ts'
import { SessionLoader } from './session-loader.ts'
import type { WriterHost } from './session-writer.ts'
import { Sessions } from './sessions.ts'
import { Snapshots } from './snapshots.ts'
import { Turns } from './turns.ts'
import { Writers } from './writers.ts'

/** Everything that an open log is made of. */
export interface NatsLogParts {
  readonly host: WriterHost
  readonly link: Link
  readonly layout: LayoutBuilder
  readonly names: Names
  readonly reader: ChainReader
  readonly blobs: Blobs
  readonly pages: Pages
  readonly writers: Writers
  readonly feed: LiveFeed
  readonly leases: Leases
  readonly index: SessionIndex
  readonly sessions: Sessions
  readonly snapshots: Snapshots
}

/** Connects, finds or creates the store, and puts the parts together. Nothing is left open where it fails. */
export async function openParts(settings: Settings): Promise<NatsLogParts> {
  const nc = await connectTo(settings)
  try {
    checkVersion(nc.info?.version ?? '0.0.0', settings.onWarning)
    const deadline = new Deadline(settings.timers, settings.openMs)
    await retryUntil(() => jetstreamManager(nc), deadline)
    const link = new Link(nc, await jetstreamManager(nc, { timeout: TRY_MS, checkAPI: false }), settings)
    const parts = await retryUntil(() => build(link, settings), deadline)
    await warnOfPowerLoss(settings)
    return parts
  } catch (error) {
    await closeConnection(nc)
    throw openingError(error)
  }
}

/** The parts of a store that is there. May be called again where it failed. */
async function build(link: Link, settings: Settings): Promise<NatsLogParts> {
  const layout = new LayoutBuilder(link, settings)
  const { names, ...buckets } = await layout.build()
  const index = new SessionIndex(link, buckets.sessions, settings)
  await index.follow()
  const reader = new ChainReader(link, settings.limits)
  const blobs = new Blobs(link, settings.random)
  const loader = new SessionLoader(reader, blobs, settings.limits)
  const turns = new Turns(link.nc, names.prefix, settings)
  const host = { link, reader, loader, blobs, connectedSenders: new ConnectedSenders(), turns, settings }
  const writers = new Writers(host, names)
  const feed = new LiveFeed({ link, reader, names, settings }, (session, placed) => writers.onRecord(session, placed))
  const leases = new Leases(link, buckets.leases, settings.clock)
  const sessions = new Sessions(host, index, leases)
  const snapshots = new Snapshots(host)
  const pages = new Pages(reader, settings.limits, settings.maxCachedBytes)
  return { host, link, layout, names, reader, blobs, pages, writers, feed, leases, index, sessions, snapshots }
}
