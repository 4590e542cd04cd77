import { systemClock } from '@holdfast/contract'
import { eventHashOf, type SessionLog } from '@holdfast/log'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import type { Mark, Placed } from '../src/chain-record.ts'
import { natsLog } from '../src/index.ts'
import { type NatsLogParts, openParts } from '../src/nats-log-parts.ts'
import { settingsOf } from '../src/options.ts'

const missing = mayGoWithout(natsServerProgram())
const FREE = { id: 'p', fence: 0 }

/** What a gateway of the version before writes: no senders, and of the mark before only what it does not know is carried on. */
class OldGateway {
  readonly #parts: NatsLogParts

  constructor(parts: NatsLogParts) {
    this.#parts = parts
  }

  async create(session: string): Promise<void> {
    const epoch = 'oldepoch0000'
    const anchors = { anchor: '00000000', anchorBefore: '00000000' }
    const mark = { epoch, first: 1, last: 0, total: 0, trimmed: 0, fence: 1, ...anchors }
    const record = { id: session, epoch, createdAt: 1, updatedAt: 1, status: 'active', tags: [], data: {} }
    await this.#write(session, mark, { opened: { stamp: 1, record } })
  }

  async append(session: string, id: string, key?: string): Promise<void> {
    const { mark } = (await this.#last(session)).record
    const last = mark.last + 1
    const keys = key === undefined ? [] : [[key, systemClock.epoch(), last, last]]
    const next = { ...mark, last, total: mark.total + 10, anchor: eventHashOf(id) }
    await this.#write(session, next, { keys, sizes: [10], events: [[id, 'k', 1, id]] })
  }

  async checkpoint(session: string): Promise<Placed> {
    const { seq, record } = await this.#last(session)
    const place = this.#parts.names.placeOf(session)
    const ref = await this.#parts.blobs.put(place, record.mark.epoch, JSON.stringify({ producers: [], keys: [] }))
    await this.#write(session, { ...record.mark, memory: { seq, ref } }, {})
    return this.#last(session)
  }

  /** Stores the memory, as it knows it, and lets the records before go. */
  async trim(session: string): Promise<void> {
    const { seq } = await this.checkpoint(session)
    const { stream, subject } = this.#parts.names.placeOf(session)
    await this.#parts.link.jsm.streams.purge(stream, { filter: subject, seq })
  }

  async write(session: string, members: object): Promise<void> {
    await this.#write(session, (await this.#last(session)).record.mark, members)
  }

  async #last(session: string): Promise<Placed> {
    const last = await this.#parts.reader.last(this.#parts.names.placeOf(session))
    if (last === null) throw new Error('expected a record')
    return last
  }

  async #write(session: string, mark: Mark, members: object): Promise<void> {
    const place = this.#parts.names.placeOf(session)
    const prev = (await this.#parts.reader.last(place))?.seq ?? 0
    const id = `${session}${prev}`
    const record = { v: 1, id, prev, mark, producers: [], keys: [], sizes: [], events: [], ...members }
    await this.#parts.link.publish(place.stream, place.subject, JSON.stringify(record), {
      id: `${place.token} ${id}`,
      prev,
    })
  }
}

describe.skipIf(missing !== undefined)(missing ?? 'gateways of two versions', () => {
  let servers: NatsServers
  let old: OldGateway
  let parts: NatsLogParts
  const logs: SessionLog[] = []
  beforeAll(async () => {
    servers = await startNats({ count: 1, sync: 'default' })
    parts = await openParts(settingsOf({ servers: servers.urls, shards: 2 }))
    old = new OldGateway(parts)
  })
  afterEach(async () => {
    for (const log of logs.splice(0)) await log.close()
  })
  afterAll(async () => {
    await parts?.link.nc.close()
    await servers?.stop()
  })

  async function gateway(): Promise<SessionLog> {
    const log = natsLog({ servers: servers.urls, shards: 2 })
    await log.opened
    logs.push(log)
    return log
  }

  const send = (log: SessionLog, session: string, n: number) =>
    log.append(session, [{ id: `s${n}`, kind: 'k', at: 1, payload: n }], {
      producer: FREE,
      sender: { id: 'a', n, done: 0 },
    })

  it('a session of the version before is read whole, and remembers senders from now on', async () => {
    await old.create('before')
    await old.append('before', 'e1')
    await old.append('before', 'e2', 'key')
    const log = await gateway()
    expect((await log.read('before', { after: 0 })).events.map(({ id }) => id)).toEqual(['e1', 'e2'])
    const keyed = { producer: FREE, key: 'key' }
    const again = await log.append('before', [{ id: 'x', kind: 'k', at: 1, payload: 0 }], keyed)
    expect(again).toEqual({ outcome: 'duplicate', first: 2, last: 2 })
    expect(await send(log, 'before', 1)).toMatchObject({ outcome: 'appended', first: 3 })
    await old.append('before', 'e4')
    expect(await send(await gateway(), 'before', 1)).toEqual({ outcome: 'duplicate', first: 3, last: 3 })
  })

  it('senders are known through what an older gateway writes, also where that stores its memory', async () => {
    const log = await gateway()
    await log.createSession('through')
    await send(log, 'through', 1)
    await send(log, 'through', 3)
    await old.append('through', 'e3')
    await old.checkpoint('through')
    await old.append('through', 'e4')
    const next = await gateway()
    expect(await send(next, 'through', 1)).toEqual({ outcome: 'duplicate', first: 1, last: 1 })
    expect(await send(next, 'through', 2)).toEqual({ outcome: 'refused', reason: 'passed-over' })
    expect(await send(next, 'through', 4)).toMatchObject({ outcome: 'appended', first: 5 })
  })

  it('senders are forgotten, and that is reported, where an older gateway let go of records that held them', async () => {
    const log = await gateway()
    await log.createSession('trimmed')
    await send(log, 'trimmed', 1)
    await old.append('trimmed', 'e2')
    await old.trim('trimmed')
    const next = await gateway()
    expect((await next.attachSender('trimmed', 'a', false)).state).toBeNull()
    expect(await send(next, 'trimmed', 2)).toMatchObject({ outcome: 'appended', first: 3 })
    // From here on what is remembered is stored anew, and whole.
    await old.append('trimmed', 'e4')
    const last = await gateway()
    expect((await last.attachSender('trimmed', 'a', false)).state).toMatchObject({ highest: 2 })
  })

  it('a record of a version to come is refused in a sentence', async () => {
    const log = await gateway()
    await log.createSession('newer')
    await send(log, 'newer', 1)
    await old.write('newer', { v: 3 })
    const next = await gateway()
    await expect(next.head('newer')).rejects.toThrow(/version 2, got 3/)
  })
})
