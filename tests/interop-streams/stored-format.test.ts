import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { type GatewayProcess, startGateway } from '../e2e/gateway-process.ts'

const TOKEN = 'written'
const PAGE = readFileSync(new URL('../../docs/wire/streams.md', import.meta.url), 'utf8')
const QUERY = /```sql\n([^`]*)```/.exec(PAGE)?.[1] ?? ''

/** A gateway's folder, after it was asked for some things and ended. */
async function written(ask: (url: string) => Promise<unknown>): Promise<Database> {
  const data = mkdtempSync(join(tmpdir(), 'holdfast-stored-'))
  const gateway: GatewayProcess = await startGateway([
    '--port',
    '0',
    '--data',
    data,
    '--token',
    TOKEN,
    '--shell',
    'none',
  ])
  await ask(`${gateway.url}/streams`)
  await gateway.stop('SIGTERM')
  const database = new DatabaseSync(join(data, 'sessions.db'))
  onTestFinished(() => {
    database.close()
    rmSync(data, { recursive: true })
  })
  return database
}

const send = (method: string, url: string, headers: Readonly<Record<string, string>>, body?: string | Blob) =>
  fetch(url, {
    method,
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    ...(body === undefined ? {} : { body }),
  })

type Database = InstanceType<typeof DatabaseSync>

interface Row {
  readonly kind: string
  readonly content: string
  readonly marks: { readonly p?: unknown; readonly s?: unknown }
}

/** What the page says of an event's payload. */
function rowOf({ kind, payload }: Readonly<Record<string, unknown>>): Row {
  const value: unknown = JSON.parse(String(payload))
  if (typeof value === 'string') return { kind: String(kind), content: value, marks: {} }
  const { d = '', ...marks }: { d?: unknown } = Object(value)
  return { kind: String(kind), content: String(d), marks }
}

const rowsOf = (database: Database, name: string): readonly Row[] =>
  database
    .prepare(QUERY.replace('stream:orders', `stream:${name}`))
    .all()
    .map(rowOf)

/** The bytes of a stream, by the page alone. */
function bytesOf(rows: readonly Row[]): Buffer {
  const pieces = rows.map(({ kind, content }) => Buffer.from(content, kind.startsWith('b') ? 'base64' : 'utf8'))
  return Buffer.concat(pieces)
}

/** The messages of a JSON stream, by the page alone. */
function messagesOf(rows: readonly Row[]): unknown {
  const appends = rows.map(({ kind, content }) => (kind.endsWith('+') ? content : `${content},`))
  return JSON.parse(`[${appends.join('').slice(0, -1)}]`)
}

it('a data folder is read with SQLite and docs/wire/streams.md alone: messages, bytes, producers, ends', async () => {
  const binary = Buffer.from(Array.from({ length: 400_000 }, (_, i) => (i * 7) % 256))
  const long = 'é'.repeat(200_000)
  const producer = { 'producer-id': 'p', 'producer-epoch': '2', 'producer-seq': '0', 'stream-seq': 'a1' }
  const json = { 'content-type': 'application/json' }
  const database = await written(async (url) => {
    await send('PUT', `${url}/orders`, json, '[{"n":1},{"n":2}]')
    await send('POST', `${url}/orders`, { ...json, ...producer }, '{"n":3}')
    await send('POST', `${url}/orders`, json, JSON.stringify({ long }))
    await send('PUT', `${url}/bytes`, { 'content-type': 'application/octet-stream' }, new Blob([binary]))
    await send('POST', `${url}/bytes`, { 'content-type': 'application/octet-stream', 'stream-closed': 'true' }, 'end')
    await send('PUT', `${url}/expires`, {
      'content-type': 'text/plain',
      'stream-ttl': '3600',
      'stream-access': 'private',
    })
    await send('PUT', `${url}/removed`, json, '1')
    await send('DELETE', `${url}/removed`, {})
    await send('PUT', `${url}/fork`, { ...json, 'stream-forked-from': '/streams/orders' }, '{"n":4}')
    await send('POST', `${url}/read-links`, {}, JSON.stringify({ stream: 'orders' }))
  })
  const orders = rowsOf(database, 'orders')
  expect(messagesOf(orders)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { long }])
  expect(orders.flatMap(({ marks }) => (marks.p === undefined ? [] : [marks]))).toEqual([{ p: ['p', 2, 0], s: 'a1' }])
  const bytes = rowsOf(database, 'bytes')
  expect(bytesOf(bytes.slice(0, -1)).equals(Buffer.concat([binary, Buffer.from('end')]))).toBe(true)
  expect(bytes.at(-1)?.kind).toBe('c')
  expect(new Set(bytes.map(({ kind }) => kind))).toEqual(new Set(['b+', 'b', 't', 'c']))
  const info = (session: string): Readonly<Record<string, unknown>> => {
    const row = database.prepare('SELECT info, epoch, status FROM session WHERE name LIKE ?').get(session)
    return row === undefined ? {} : { ...JSON.parse(String(row['info'])), epoch: row['epoch'], status: row['status'] }
  }
  expect(info('stream:expires')).toMatchObject({
    ...{
      status: 'internal',
      owner: 'default',
      reach: 'private',
      tags: ['stream', 'stream-owner:default', 'stream:expires'],
    },
    data: { stream: { v: 1, contentType: 'text/plain', isPublic: false, ttlSeconds: 3600 } },
  })
  expect(info('stream:removed')).toEqual({})
  const { epoch } = info('stream:orders')
  expect(info('stream:fork')).toMatchObject({
    tags: ['stream', 'stream-owner:default', 'fork-of:stream:orders'],
    data: { stream: { source: 'stream:orders', epoch, segments: [{ session: 'stream:orders', epoch, from: 0 }] } },
  })
  expect(messagesOf(rowsOf(database, 'fork'))).toEqual([{ n: 4 }])
  expect(info('stream-link:%')).toMatchObject({
    data: { link: { kind: 'stream', id: 'orders', epoch, by: 'default' } },
  })
})
