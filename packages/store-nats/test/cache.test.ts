import { type Append, measureAll } from '@holdfast/log'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { readyAppend } from '../src/decide-appends.ts'
import { openParts } from '../src/nats-log-parts.ts'
import { settingsOf } from '../src/options.ts'

const missing = mayGoWithout(natsServerProgram())
const MAX_ENTRIES = 100

describe.skipIf(missing !== undefined)(missing ?? 'what the writers of a store remember', () => {
  let servers: NatsServers
  beforeAll(async () => {
    servers = await startNats()
  })
  afterAll(() => servers?.stop())

  it('the cache of a NATS log is bounded for all sessions together, and a dropped entry is read again', async () => {
    const settings = settingsOf({ servers: servers.urls, shards: 1, maxCachedEntries: MAX_ENTRIES })
    const { writers, sessions, feed, index, host, link } = await openParts(settings)
    const write = (session: string, key: string): Promise<unknown> => {
      const append: Append = {
        events: [{ id: key, kind: 'k', at: 0, payload: null }],
        options: { producer: { id: 'p', fence: 0 }, key },
      }
      const [batch] = measureAll([append], settings.limits)
      if (batch === undefined || 'outcome' in batch) throw new Error('expected a batch')
      return writers.of(session).append([readyAppend({}, append, batch)])
    }
    for (let s = 0; s < 12; s++) {
      await sessions.create(`s${s}`, {}, writers.of(`s${s}`))
      for (let key = 0; key < 20; key++) await write(`s${s}`, `k${key}`)
      // What the one in use has learnt since it was asked for comes on top.
      expect(writers.entries).toBeLessThanOrEqual(MAX_ENTRIES)
    }
    expect(await write('s0', 'k7')).toEqual([{ outcome: 'duplicate', first: 8, last: 8 }])
    feed.stop()
    index.stop()
    host.turns.stop()
    await link.nc.close()
  })
})
