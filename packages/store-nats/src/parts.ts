import { jetstreamManager } from '@nats-io/jetstream'
import { Blobs } from './blobs.ts'
import { ChainReader } from './chain-reader.ts'
import { connectTo, openingError } from './connect.ts'
import { Deadline } from './deadline.ts'
import { NatsLogError } from './errors.ts'
import { LayoutBuilder } from './layout.ts'
import { Leases } from './leases.ts'
import { Link } from './link.ts'
import { LiveFeed } from './live-feed.ts'
import type { Names } from './names.ts'
import type { Settings } from './options.ts'
import { Pages } from './pages.ts'
import { patiently } from './patience.ts'
import { checkVersion, warnOfPowerLoss } from './server-checks.ts'
import { SessionIndex } from './session-index.ts'
import { SessionLoader } from './session-loader.ts'
import { Sessions } from './sessions.ts'
import { Snapshots } from './snapshots.ts'
import { Writers } from './writers.ts'

/** Everything that an open log is made of. */
export interface Parts {
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
export async function openParts(settings: Settings): Promise<Parts> {
  const nc = await connectTo(settings)
  try {
    checkVersion(nc.info?.version ?? '0.0.0', settings.onWarning)
    const deadline = new Deadline(settings.timers, settings.openMs)
    const parts = await deadline.orEnd(build(nc, settings, deadline))
    if (parts === undefined) {
      throw new NatsLogError('nats/open_failed', `expected the store to open within ${settings.openMs} ms, it did not`)
    }
    await warnOfPowerLoss(settings)
    return parts
  } catch (error) {
    await nc.close()
    throw openingError(error)
  }
}

async function build(nc: Link['nc'], settings: Settings, deadline: Deadline): Promise<Parts> {
  const link = new Link(nc, await jetstreamManager(nc), settings)
  const layout = new LayoutBuilder(link, settings)
  const built = await patiently(() => layout.build(), deadline)
  const reader = new ChainReader(link, settings.limits)
  const blobs = new Blobs(link, settings.random)
  const loader = new SessionLoader(reader, blobs, settings.limits)
  const host = { link, reader, loader, blobs, settings }
  const writers = new Writers(host, built.names)
  const feed = new LiveFeed({ link, reader, names: built.names, settings }, (session, placed) =>
    writers.hear(session, placed),
  )
  const leases = new Leases(link, built.leases, settings.clock)
  const index = new SessionIndex(link, built.sessions, settings.limits)
  await index.follow()
  const sessions = new Sessions(host, index, leases)
  const snapshots = new Snapshots(host)
  const pages = new Pages(reader, settings.limits)
  return { link, layout, names: built.names, reader, blobs, pages, writers, feed, leases, index, sessions, snapshots }
}
