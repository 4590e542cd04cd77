import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type NatsOptions, type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { type NatsLog, type NatsLogOptions, type NatsWarning, natsLog } from '../src/index.ts'

const missing = mayGoWithout(natsServerProgram())
const logs: NatsLog[] = []
const running: NatsServers[] = []
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()))
  await Promise.all(running.splice(0).map((servers) => servers.stop()))
})

function open(options: NatsLogOptions): NatsLog {
  const log = natsLog({ shards: 1, stallMs: 2_000, ...options })
  logs.push(log)
  return log
}

async function start(options: NatsOptions = {}): Promise<readonly string[]> {
  const servers = await startNats(options)
  running.push(servers)
  return servers.urls
}

const USERS = `
accounts {
  APP { jetstream: enabled, users: [
    { user: app, password: geheim },
    { user: narrow, password: geheim, permissions: { publish: { deny: ["$JS.>"] } } } ] }
  FULL { jetstream: { max_streams: 1 }, users: [ { user: full, password: geheim } ] }
  NONE { users: [ { user: bare, password: geheim } ] }
  SYS { users: [ { user: sys, password: geheim } ] }
}
system_account: SYS`

describe('without a server', () => {
  it('says which addresses were tried, and every call says the same', async () => {
    const log = open({ servers: 'nats://me:geheim@127.0.0.1:1' })
    const failed = { code: 'nats/unreachable', message: expect.stringContaining('127.0.0.1:1') }
    await expect(log.opened).rejects.toMatchObject(failed)
    await expect(log.opened).rejects.not.toMatchObject({ message: expect.stringContaining('geheim') })
    await expect(log.head('s')).rejects.toMatchObject(failed)
    const events = [{ id: 'a', kind: 'k', at: 0, payload: 1 }]
    await expect(log.append('s', events, { producer: { id: 'p', fence: 0 } })).rejects.toMatchObject(failed)
    expect(log.health()).toMatchObject({ ok: false })
  })

  it('refuses a server that is too old', async () => {
    const old = createServer((socket) => {
      socket.on('error', () => {})
      socket.write('INFO {"server_id":"X","version":"2.9.10","proto":1,"headers":true,"max_payload":1048576}\r\n')
      socket.on('data', (data) => data.includes('PING') && socket.write('PONG\r\n'))
    }).listen(0, '127.0.0.1')
    await once(old, 'listening')
    const address = old.address()
    const port = typeof address === 'object' ? address?.port : 0
    const message = 'expected nats-server 2.11 or newer, this one is 2.9.10; update it'
    await expect(open({ servers: `127.0.0.1:${port}` }).opened).rejects.toMatchObject({ code: 'nats/too_old', message })
    old.close()
  })

  it('refuses options that make no sense, and repeats no password', () => {
    for (const options of [
      { servers: 'h:1', shards: 0 },
      { servers: 'h:1', prefix: 'a.b' },
      { servers: 'h:1', replicas: 1.5 },
    ]) {
      expect(() => open(options)).toThrow(expect.objectContaining({ code: 'log/bad_request' }))
    }
  })
})

describe.skipIf(missing !== undefined)(missing ?? 'with a server', () => {
  it('a NATS store says why it may not be used', async () => {
    const servers = await start({ config: USERS })
    for (const [user, code] of [
      ['nobody', 'nats/unauthorized'],
      ['narrow', 'nats/forbidden'],
      ['bare', 'nats/jetstream_off'],
      ['full', 'nats/no_room'],
    ] as const) {
      const log = open({ servers, credentials: { user, pass: 'geheim' }, openMs: 10_000 })
      const error: unknown = await log.opened.catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code })
      expect(String(error)).not.toContain('geheim')
    }
    const [url = ''] = servers
    await open({ servers: url.replace('//', '//app:geheim@') }).opened
  })

  it('a NATS store says that JetStream is off', async () => {
    const servers = await start({ jetStream: false })
    await expect(open({ servers }).opened).rejects.toMatchObject({ code: 'nats/jetstream_off' })
  })

  it('a NATS store says that there are fewer servers than replicas', async () => {
    const servers = await start()
    await expect(open({ servers, replicas: 3 }).opened).rejects.toMatchObject({ code: 'nats/too_few_servers' })
  })

  it('a NATS store opens an existing store, and refuses an incomplete one', async () => {
    const servers = await start()
    const log = open({ servers, shards: 2 })
    await log.createSession('s')
    await open({ servers, shards: undefined }).findSession('s')
    await expect(open({ servers, shards: 3 }).opened).rejects.toMatchObject({ code: 'nats/other_layout' })
    expect(await open({ servers, shards: 2 }).findSession('s')).toMatchObject({ id: 's' })
  })

  it('a NATS store is created once by several gateways that open it together', async () => {
    const servers = await start()
    const all = Array.from({ length: 5 }, () => open({ servers, shards: 4 }))
    await Promise.all(all.map((log) => log.opened))
    const results = await Promise.all(all.map((log) => log.createSession('s')))
    expect(results.filter(({ outcome }) => outcome === 'created')).toHaveLength(1)
    expect(new Set(results.map(({ session }) => session.epoch)).size).toBe(1)
  })

  it.each([
    ['default', ['power-loss']],
    ['always', []],
  ] as const)('a NATS store reads with the system account what sync_interval %s means', async (sync, codes) => {
    const servers = await start({ sync, config: USERS })
    const warnings: NatsWarning[] = []
    const onWarning = (warning: NatsWarning) => void warnings.push(warning)
    const [credentials, systemCredentials] = [
      { user: 'app', pass: 'geheim' },
      { user: 'sys', pass: 'geheim' },
    ]
    await open({ servers, credentials, systemCredentials, onWarning }).opened
    expect(warnings.map(({ code }) => code)).toEqual(codes)
    await open({ servers, credentials, onWarning }).opened
    expect(warnings.map(({ code }) => code)).toEqual([...codes, 'power-loss-unseen'])
  })
})
