import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@holdfast/contract'
import { type SqliteLog, sqliteLog } from '@holdfast/store-sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { type StreamServer, SUITE_PATH, serveStreams } from './server.ts'

/** Streams over a file that are ended and begun again, at a time that is set here. */
class Restarted {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-expiry-'))
  readonly #clock = { ...systemClock, epoch: () => systemClock.epoch() + this.#shiftMs }
  readonly #sweepMs: number
  #shiftMs = 0
  #running: { readonly log: SqliteLog; readonly server: StreamServer } | undefined

  constructor(sweepMs = 600_000) {
    this.#sweepMs = sweepMs
    onTestFinished(async () => {
      await this.#stop()
      rmSync(this.#folder, { recursive: true })
    })
  }

  get log(): SqliteLog | undefined {
    return this.#running?.log
  }

  later(seconds: number): void {
    this.#shiftMs += seconds * 1_000
  }

  async restart(): Promise<void> {
    await this.#stop()
    const log = sqliteLog({ path: join(this.#folder, 'streams.db') })
    const server = await serveStreams(log, { clock: this.#clock, limits: { recordAgeMs: 0, sweepMs: this.#sweepMs } })
    this.#running = { log, server }
  }

  async ask(method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string) {
    const response = await fetch(`${this.#running?.server.url}${SUITE_PATH}/${path}`, {
      method,
      headers,
      ...(body && { body }),
    })
    return { status: response.status, text: await response.text() }
  }

  async #stop(): Promise<void> {
    await this.#running?.server.stop()
    await this.#running?.log.close()
  }
}

const TEXT = { 'content-type': 'text/plain' }

it('the time to live of a stream goes on over a restart, from its last read or append', async () => {
  const streams = new Restarted()
  await streams.restart()
  await streams.ask('PUT', 'kept', { ...TEXT, 'stream-ttl': '100' }, 'a')
  streams.later(60)
  expect(await streams.ask('GET', 'kept')).toEqual({ status: 200, text: 'a' })
  await streams.restart()
  streams.later(90)
  expect((await streams.ask('POST', 'kept', TEXT, 'b')).status).toBe(204)
  await streams.restart()
  streams.later(90)
  expect(await streams.ask('GET', 'kept')).toEqual({ status: 200, text: 'ab' })
  await streams.restart()
  // An eighth more, for what another gateway may have seen.
  streams.later(113)
  expect((await streams.ask('GET', 'kept')).status).toBe(404)
  expect((await streams.ask('PUT', 'kept', TEXT, 'anew')).status).toBe(201)
  expect((await streams.ask('GET', 'kept')).text).toBe('anew')
})

it('a moment at which a stream ends holds over a restart', async () => {
  const streams = new Restarted()
  await streams.restart()
  const end = new Date(Date.now() + 3_600_000).toISOString()
  await streams.ask('PUT', 'until', { ...TEXT, 'stream-expires-at': end }, 'a')
  await streams.restart()
  streams.later(3_500)
  expect((await streams.ask('GET', 'until')).status).toBe(200)
  await streams.restart()
  streams.later(200)
  expect((await streams.ask('GET', 'until')).status).toBe(404)
})

it('a stream whose time ended while nothing ran is removed without a request', async () => {
  const streams = new Restarted(20)
  await streams.restart()
  await streams.ask('PUT', 'gone', { ...TEXT, 'stream-ttl': '5' }, 'a')
  await streams.ask('PUT', 'stays', TEXT, 'a')
  streams.later(3_600)
  await streams.restart()
  await expect.poll(() => streams.log?.findSession('stream:gone')).toBeNull()
  expect(await streams.log?.findSession('stream:stays')).not.toBeNull()
})
