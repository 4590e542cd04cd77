import { once } from 'node:events'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@holdfast/contract'
import type { RequestEndpoint } from '@holdfast/gate/internals'
import { memoryCluster } from '@holdfast/log/directory'
import { type CastEvent, CastReader, parseRecordingList } from '@holdfast/protocol/shell'
import { recordingLogger } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  attachShells,
  openShellCluster,
  type RecordingLimits,
  Recordings,
  recordingRequests,
  ShellHost,
} from '../src/index.ts'
import { type FakeHost, fakeHost } from './fakes.ts'
import { startServer, TestClient, TOKENS } from './support.ts'

let folder: string
const closing: (() => unknown)[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-recordings-'))
})
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
  rmSync(folder, { recursive: true, force: true })
})

function host(limits: Partial<RecordingLimits> = {}, which: 'asked' | 'all' = 'all'): FakeHost {
  const fake = fakeHost(systemClock, { recording: () => ({ folder, which, limits: { writeMs: 1, ...limits } }) })
  closing.push(() => fake.host.close())
  return fake
}

async function read(recordings: Recordings, id: string): Promise<{ reader: CastReader; events: CastEvent[] }> {
  const reader = new CastReader()
  const events: CastEvent[] = []
  for await (const line of recordings.lines(id)) events.push(...reader.push(line))
  return { reader, events }
}

const textOf = (events: readonly CastEvent[]): string =>
  events.flatMap(({ kind, text }) => (kind === 'output' ? [text] : [])).join('')

async function only(recordings = new Recordings(folder)): Promise<string> {
  const [one] = await recordings.list()
  if (one === undefined) throw new Error('no recording')
  return one.id
}

it('a shell that asks for it is recorded: output, size and end, and not what is typed', async () => {
  await using server = await startServer({ recording: () => ({ folder, which: 'asked' }) })
  const say = encodeURIComponent('read line; echo "größe $line"; exit 4')
  const ask = (query: string) =>
    TestClient.dial(`${server.url}/shells?width=90&height=30&command=/bin/sh&command=-c&command=${say}&${query}`, {
      token: 'secret',
    })
  for (const [query, typed] of [
    ['shellId=one&record=output', undefined],
    ['shellId=two&record=input&name=Second', 'typed\n'],
    ['shellId=three', undefined],
  ] as const) {
    const client = await ask(query)
    await client.hello()
    client.type('typed\n')
    await client.until(() => client.exit !== undefined)
    if (query.includes('three')) continue
    const recordings = new Recordings(folder)
    await expect.poll(async () => (await recordings.list())[0]?.endedAt).toBeGreaterThan(0)
    const [known] = await recordings.list()
    expect(known).toMatchObject({ owner: 'ada', exitCode: 4, input: typed !== undefined })
    const { reader, events } = await read(recordings, known?.id ?? '')
    expect(reader.header).toMatchObject({ width: 90, height: 30, terminal: 'xterm-256color' })
    expect(textOf(events)).toContain('größe typed\r\n')
    expect(events.filter(({ kind }) => kind === 'input').map(({ text }) => text)).toEqual(
      typed === undefined ? [] : [typed],
    )
    expect(events.at(-1)).toMatchObject({ kind: 'exit', text: '4' })
  }
  expect(await new Recordings(folder).list()).toHaveLength(2)
})

it('a request for a recording is refused, not ignored, where none is made', async () => {
  await using server = await startServer()
  const client = TestClient.dial(`${server.url}/shells?shellId=one&record=output`, { token: 'secret' })
  await expect(client).rejects.toThrow('403')
})

it('a recording has characters that came in two pieces whole, and sizes in their place', async () => {
  const { backend, attach, host: shells } = host()
  await attach()
  const bytes = Buffer.from('ä✓')
  for (const byte of bytes) backend.say(Uint8Array.of(byte))
  await shells.close()
  const { events } = await read(new Recordings(folder), await only())
  expect(textOf(events)).toBe('ä✓')
})

it('the parts of a recording are bounded and rotated, and what is left is one recording', async () => {
  const { backend, attach, host: shells } = host({ partBytes: 4_096, maxParts: 3 })
  await attach()
  for (let n = 0; n < 200; n += 1) {
    backend.say(`line ${n} ${'x'.repeat(100)}\r\n`)
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 3))
  }
  await shells.close()
  const id = await only()
  const parts = readdirSync(join(folder, id)).filter((name) => name.endsWith('.cast'))
  expect(parts).toHaveLength(3)
  for (const part of parts) expect(statSync(join(folder, id, part)).size).toBeLessThanOrEqual(4_096)
  const { reader, events } = await read(new Recordings(folder), id)
  expect(reader.header).toMatchObject({ width: 80, height: 24 })
  expect(textOf(events)).toContain('line 199 ')
  expect(textOf(events)).not.toContain('line 1 ')
})

it('a recording leaves out output that comes faster than it can be written, and records how much', async () => {
  const { backend, attach, host: shells } = host({ bufferBytes: 1_000, writeMs: 5 })
  await attach()
  for (let n = 0; n < 10; n += 1) backend.say('x'.repeat(300))
  await new Promise((resolve) => setTimeout(resolve, 100))
  backend.say('after')
  await shells.close()
  const { events } = await read(new Recordings(folder), await only())
  expect(textOf(events)).toBe(`${'x'.repeat(900)}after`)
  expect(events.filter(({ kind }) => kind === 'marker').map(({ text }) => text)).toEqual([
    expect.stringContaining('2100 bytes are missing here'),
  ])
})

it('recordings are bounded together: the oldest finished one is removed first', async () => {
  const { backend, attach, host: shells } = host({ partBytes: 3_000, maxParts: 9, totalBytes: 9_000 })
  for (const shellId of ['one', 'two', 'three', 'four']) {
    await attach({ shellId })
    backend.say('x'.repeat(2_500))
    backend.events?.exit({ code: 0 })
    await expect.poll(async () => (await new Recordings(folder).list())[0]?.endedAt).toBeGreaterThan(0)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await shells.close()
  const left = (await new Recordings(folder).list()).map(({ shellId }) => shellId)
  expect(left[0]).toBe('four')
  expect(left).not.toContain('one')
})

it('a folder of recordings that cannot be written is reported, and the shell goes on', async () => {
  const taken = join(folder, 'file')
  writeFileSync(taken, '')
  const logger = recordingLogger()
  const fake = fakeHost(systemClock, { recording: () => ({ folder: taken, which: 'all' }), logger })
  closing.push(() => fake.host.close())
  const channel = await fake.attach()
  fake.backend.say('goes on')
  await expect.poll(() => channel.stdout).toContain('goes on')
  expect(logger.text()).toContain('cannot be recorded')
})

it('a recording whose record does not fit is left out and reported once, and the others are there', async () => {
  const logger = recordingLogger()
  const recordings = new Recordings(folder, { logger })
  const surroundings = { size: () => ({ width: 80, height: 24 }), terminal: undefined }
  const shell = { shellId: 'a', sessionId: 's', owner: 'o', program: 'sh', startedAt: 1, input: false, ...surroundings }
  for (const epoch of ['recording-whole', 'recording-wrong', 'recording-torn']) recordings.begin({ ...shell, epoch })
  await recordings.close()
  writeFileSync(join(folder, 'recording-wrong', 'recording.json'), '{"version":1,"id":7}')
  writeFileSync(join(folder, 'recording-torn', 'recording.json'), '{"ver')
  for (const _ of [1, 2]) expect((await recordings.list()).map(({ id }) => id)).toEqual(['recording-whole'])
  expect(logger.lines.map(({ fields }) => fields?.['issue']).sort()).toEqual([
    'not valid JSON',
    'recording.json.id: expected text, got number',
  ])
})

it('a recording whose process ended in the middle of a line is read up to there', async () => {
  const { backend, attach, host: shells } = host()
  await attach()
  backend.say('before')
  await shells.close()
  const id = await only()
  appendFileSync(join(folder, id, '0001.cast'), '[1.000, "o", "cut')
  const { events } = await read(new Recordings(folder), id)
  expect(textOf(events)).toBe('before')
  expect(readFileSync(join(folder, id, 'recording.json'), 'utf8')).not.toContain('cut')
})

it('recordings are there for those who may watch the shell, and removed by those who may end it', async () => {
  const fake = host()
  await fake.attach()
  fake.backend.say('hello')
  const recordings = new Recordings(folder)
  const requests = recordingRequests({ recordings, authenticate: ({ bearer }) => TOKENS.get(bearer ?? '') })
  const server = createServer((request, response) => requests.handle(request, response))
  closing.push(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/recordings`
  const ask = (path: string, token: string, method = 'GET') =>
    fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } })
  await expect.poll(async () => JSON.stringify(await (await ask('', 'secret')).json())).toContain('"shellId":"one"')
  const list = parseRecordingList(await (await ask('', 'secret')).json())
  const id = list.ok ? (list.message.recordings[0]?.id ?? '') : ''
  expect(list).toMatchObject({ ok: true, message: { recordings: [{ may: ['delete'], input: false }] } })
  expect(parseRecordingList(await (await ask('', 'other')).json())).toEqual({ ok: true, message: { recordings: [] } })
  await expect.poll(async () => (await ask(`/${id}`, 'secret')).text()).toContain('hello')
  for (const [path, token, status] of [
    [`/${id}`, 'other', 404],
    ['/..%2F..%2Fetc', 'secret', 404],
    ['/nothing-here', 'secret', 404],
    [`/${id}`, 'wrong', 401],
  ] as const) {
    expect((await ask(path, token)).status).toBe(status)
  }
  await fake.host.close()
  expect((await ask(`/${id}`, 'other', 'DELETE')).status).toBe(404)
  expect((await ask(`/${id}`, 'secret', 'DELETE')).status).toBe(200)
  expect(readdirSync(folder)).toEqual([])
  expect(new ShellHost().list()).toEqual([])
})

it('a recording of another node of a cluster is listed, read and removed from here', async () => {
  const cluster = memoryCluster()
  const start = async (node: string, at: string) => {
    let requests: readonly RequestEndpoint[] = []
    const server = createServer((request, response) => {
      const endpoint = requests.find((one) => one.handles(request))
      if (endpoint === undefined) response.writeHead(404).end()
      else endpoint.handle(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const fake = fakeHost(systemClock, { recording: () => ({ folder: at, which: 'all', limits: { writeMs: 1 } }) })
    const open = await openShellCluster({
      ...{ directory: cluster.join(node), url, authenticate: ({ bearer }) => TOKENS.get(bearer ?? '') },
      open: (door) => attachShells(fake.host, door),
      list: async () => fake.host.list(),
      recordings: new Recordings(at),
    })
    requests = open.requests
    closing.push(async () => {
      open.close()
      await fake.host.close()
      server.closeAllConnections()
      server.close()
    })
    return { url, fake }
  }
  const here = await start('a', join(folder, 'a'))
  const there = await start('b', join(folder, 'b'))
  await there.fake.attach()
  there.fake.backend.say('far away')
  await there.fake.host.close()
  const ask = (path: string, token: string, method = 'GET') =>
    fetch(`${here.url}/recordings${path}`, { method, headers: { authorization: `Bearer ${token}` } })
  const list = parseRecordingList(await (await ask('', 'secret')).json())
  const id = list.ok ? (list.message.recordings[0]?.id ?? '') : ''
  expect(await (await ask(`/${id}`, 'secret')).text()).toContain('far away')
  expect((await ask(`/${id}`, 'other')).status).toBe(404)
  expect((await ask(`/${id}`, 'secret', 'DELETE')).status).toBe(200)
  expect((await ask(`/${id}`, 'secret')).status).toBe(404)
})
