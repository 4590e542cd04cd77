import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DurableStream, IdempotentProducer } from '@durable-streams/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'

const TOKEN = 'on-both'
const headers = { authorization: `Bearer ${TOKEN}` }
const JSON_TYPE = { 'content-type': 'application/json' }

const missing = mayGoWithout(natsServerProgram())

describe.skipIf(missing !== undefined)(missing ?? 'one stream at two gateways', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-streams-nats-'))
  let nats: NatsServers
  let one: GatewayProcess
  let other: GatewayProcess

  const start = (name: string): Promise<GatewayProcess> => {
    const place = ['--data', join(folder, name), '--node', name, '--port', '0', '--token', TOKEN, '--shell', 'none']
    return startGateway([...place, '--store', nats.urls.join(',')])
  }

  beforeAll(async () => {
    nats = await startNats({ count: 1, sync: 'default' })
    ;[one, other] = await Promise.all([start('one'), start('other')])
  }, 120_000)
  afterAll(async () => {
    await Promise.all([one, other].map((gateway) => gateway?.stop('SIGTERM')))
    await nats?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const at = (gateway: GatewayProcess, name: string): string => `${gateway.url}/streams/${name}`
  const append = (gateway: GatewayProcess, name: string, n: number, producer?: readonly [string, number, number]) => {
    const [id, epoch, seq] = producer ?? []
    const said = producer === undefined ? {} : { 'producer-id': `${id}`, 'producer-epoch': `${epoch}` }
    const numbered = producer === undefined ? said : { ...said, 'producer-seq': `${seq}` }
    const all = { ...headers, ...JSON_TYPE, ...numbered }
    return fetch(at(gateway, name), { method: 'POST', headers: all, body: JSON.stringify({ n }) })
  }
  const numbersAt = async (gateway: GatewayProcess, name: string): Promise<readonly number[]> => {
    const response = await fetch(`${at(gateway, name)}?offset=-1`, { headers })
    return (await response.json()).map(({ n }: { readonly n: number }) => n)
  }

  it('an append at one gateway is read at the other, at once and in the same order', async () => {
    await DurableStream.create({ url: at(one, 'shared'), headers, contentType: 'application/json' })
    for (let n = 1; n <= 20; n++) {
      const [here, there] = n % 2 === 0 ? [one, other] : [other, one]
      expect((await append(here, 'shared', n)).status).toBe(204)
      expect((await numbersAt(there, 'shared')).at(-1)).toBe(n)
    }
    const numbers = Array.from({ length: 20 }, (_, i) => i + 1)
    expect(await Promise.all([one, other].map((gateway) => numbersAt(gateway, 'shared')))).toEqual([numbers, numbers])
  })

  it('a reader of the published client that waits at one is woken by an append at the other', async () => {
    await DurableStream.create({ url: at(one, 'waited'), headers, contentType: 'application/json' })
    const seen: unknown[] = []
    const stream = new DurableStream({ url: at(other, 'waited'), headers })
    const reading = await stream.stream({ offset: '-1', live: 'long-poll' })
    const stop = reading.subscribeJson(async ({ items }) => void seen.push(...items))
    const waits = async (): Promise<boolean> => {
      const text = await (await fetch(`${other.url}/metrics`)).text()
      return /^holdfast_streams_long_polls 1$/m.test(text)
    }
    for (let n = 1; n <= 5; n++) {
      await expect.poll(waits).toBe(true)
      await append(one, 'waited', n)
      await expect.poll(() => seen).toEqual(Array.from({ length: n }, (_, i) => ({ n: i + 1 })))
    }
    stop()
  })

  it('a producer that went on at the other gateway fences the one before it, and a number is taken once', async () => {
    await DurableStream.create({ url: at(one, 'fenced'), headers, contentType: 'application/json' })
    expect((await append(one, 'fenced', 1, ['p', 0, 0])).status).toBe(200)
    // The answer was lost, and it is sent again elsewhere.
    expect((await append(other, 'fenced', 1, ['p', 0, 0])).status).toBe(204)
    expect((await append(other, 'fenced', 2, ['p', 0, 1])).status).toBe(200)
    expect((await append(other, 'fenced', 3, ['p', 1, 0])).status).toBe(200)
    const stale = await append(one, 'fenced', 99, ['p', 0, 2])
    expect([stale.status, stale.headers.get('producer-epoch')]).toEqual([403, '1'])
    const early = await append(one, 'fenced', 99, ['p', 1, 5])
    expect([early.status, early.headers.get('producer-expected-seq')]).toEqual([409, '1'])
    expect(await numbersAt(one, 'fenced')).toEqual([1, 2, 3])
  })

  it('two published producers with one id, one at each gateway: the later one goes on and the other learns it', async () => {
    const stream = await DurableStream.create({ url: at(one, 'zombie'), headers, contentType: 'application/json' })
    const errors: Error[] = []
    const onError = (error: Error): void => void errors.push(error)
    const old = new IdempotentProducer(stream, 'worker', { onError })
    old.append('{"n":1}')
    await old.flush()
    const elsewhere = new DurableStream({ url: at(other, 'zombie'), headers, contentType: 'application/json' })
    const young = new IdempotentProducer(elsewhere, 'worker', { epoch: 1, onError })
    young.append('{"n":2}')
    await young.flush()
    old.append('{"n":3}')
    await old.flush().catch(() => {})
    await young.close('{"n":4}')
    expect(errors.map(({ name }) => name)).toEqual(['StaleEpochError'])
    expect(await numbersAt(one, 'zombie')).toEqual([1, 2, 4])
    expect((await append(one, 'zombie', 5)).headers.get('stream-closed')).toBe('true')
  })

  it('writers at both at the same time lose and double nothing', async () => {
    await DurableStream.create({ url: at(one, 'raced'), headers, contentType: 'application/json' })
    const write = async (gateway: GatewayProcess, from: number): Promise<void> => {
      for (let n = from; n < from + 40; n++) expect((await append(gateway, 'raced', n)).status).toBe(204)
    }
    await Promise.all([write(one, 0), write(other, 100), write(one, 200), write(other, 300)])
    const numbers = await numbersAt(other, 'raced')
    for (const from of [0, 100, 200, 300]) {
      const own = numbers.filter((n) => n >= from && n < from + 100)
      expect(own).toEqual(Array.from({ length: 40 }, (_, i) => from + i))
    }
  })

  it('a stream that is removed at one is gone at the other, and what is made anew there is another life', async () => {
    await DurableStream.create({ url: at(one, 'removed'), headers, contentType: 'application/json' })
    await append(other, 'removed', 1)
    const offset = (await fetch(at(other, 'removed'), { method: 'HEAD', headers })).headers.get('stream-next-offset')
    const waiting = fetch(`${at(other, 'removed')}?offset=${offset}&live=long-poll`, { headers })
    expect((await fetch(at(one, 'removed'), { method: 'DELETE', headers })).status).toBe(204)
    expect((await waiting).status).toBeGreaterThanOrEqual(404)
    await expect.poll(async () => (await fetch(at(other, 'removed'), { headers })).status).toBe(404)
    await DurableStream.create({ url: at(one, 'removed'), headers, contentType: 'application/json' })
    await expect
      .poll(async () => (await fetch(`${at(other, 'removed')}?offset=${offset}`, { headers })).status)
      .toBe(410)
  })
})
