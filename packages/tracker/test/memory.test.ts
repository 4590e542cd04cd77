import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Transport, WebSocketFrame } from '@holdfast/core'
import type { Channel, ChannelSink } from '@holdfast/core/contract'
import { expect, it } from 'vitest'
import { TrackerAgent } from '../src/index.ts'
import { WELCOME } from './support.ts'

const COUNT = process.env['HOLDFAST_LONG'] === '1' ? 1_000_000 : 50_000
/** More would be kept per event than nothing: the same again for every event would be 60 MB and more. */
const MAX_GROWTH = 6_000_000

/** A tracker in the same process that sends as fast as it is read and counts acknowledgements. */
class Flood {
  acks = 0
  isPaused = false
  mostUnacked = 0
  #sent = 0
  #sink: ChannelSink<WebSocketFrame> | undefined
  readonly transport: Transport

  constructor() {
    const traits = { binary: false, ping: true, pause: true, requestHeaders: true }
    const channel: Channel<WebSocketFrame, WebSocketFrame> = {
      traits,
      opening: { protocol: '' },
      bufferedBytes: 0,
      start: (sink) => {
        this.#sink = sink
      },
      send: (frame) => this.#take(String(frame)),
      drained: async () => {},
      pause: () => {
        this.isPaused = true
      },
      resume: () => {
        this.isPaused = false
      },
      ping: () => {},
      close: () => this.#sink?.closed({ reason: '', clean: true }),
      terminate: () => this.#sink?.closed({ reason: '', clean: false }),
    }
    this.transport = { name: 'flood', traits, liveness: 'none', open: async () => channel }
  }

  async send(count: number): Promise<void> {
    const text = 'x'.repeat(200)
    for (const end = this.#sent + count; this.#sent < end; ) {
      while (this.isPaused) await turn()
      this.#sent += 1
      this.#give(`{"type":"chat.message","id":"e-${this.#sent}","data":{"content":"${text}"}}`)
      this.mostUnacked = Math.max(this.mostUnacked, this.#sent - this.acks)
      if (this.#sent % 64 === 0) await null
    }
    while (this.acks < this.#sent) await turn()
  }

  #give(frame: string): void {
    this.#sink?.frame(frame)
  }

  #take(frame: string): void {
    if (frame.startsWith('{"type":"auth"')) queueMicrotask(() => this.#give(JSON.stringify(WELCOME)))
    else if (frame.startsWith('{"type":"heartbeat"')) queueMicrotask(() => this.#give('{"type":"heartbeat.ack"}'))
    else if (frame.startsWith('{"type":"ack"')) this.acks += 1
  }
}

it(`the memory of a tracker agent is flat over ${COUNT} events with a handler that is slower than the tracker`, async () => {
  const flood = new Flood()
  let handled = 0
  const agent = new TrackerAgent({
    transport: flood.transport,
    url: 'ws://flood',
    token: 'secret',
    maxPendingEvents: 100,
    onEvent: async () => {
      handled += 1
      if (handled % 200 === 0) await turn()
    },
  })
  await agent.connect()
  await flood.send(COUNT / 10)
  const before = heap()
  await flood.send(COUNT - COUNT / 10)
  const grown = heap() - before
  expect(handled).toBe(COUNT)
  expect(grown).toBeLessThan(MAX_GROWTH)
  expect(flood.mostUnacked).toBeLessThan(300)
  expect(agent.metrics.rememberedIds).toBe(10_000)
  await agent.close()
}, 180_000)

/** What is left after a collection: without one the number says nothing. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  return process.memoryUsage().heapUsed
}
