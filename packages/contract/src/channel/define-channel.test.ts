import { describe, expect, it } from 'vitest'
import type { Timer } from '../clock.ts'
import type { ChannelEnd } from './channel.ts'
import { CHANNEL_DEFAULTS, type ChannelBounds, type ChannelSocket, type DefinedChannel } from './channel-socket.ts'
import { defineChannel } from './define-channel.ts'

const traits = { binary: true, ping: false, pause: true, requestHeaders: false }

/** Timers that the test fires. */
function handClock(): ChannelBounds['clock'] & { fire(): void; readonly pending: number } {
  let due: (() => void)[] = []
  return {
    now: () => 0,
    epoch: () => 0,
    after: (_ms, run): Timer => {
      due.push(run)
      const cancel = (): void => {
        due = due.filter((one) => one !== run)
      }
      return { cancel }
    },
    fire: () => {
      for (const run of due.splice(0)) run()
    },
    get pending() {
      return due.length
    },
  }
}

interface Rig {
  readonly channel: DefinedChannel<string, string>
  readonly clock: ReturnType<typeof handClock>
  /** Everything that was asked of the socket and told to the sink, in order. */
  readonly told: string[]
  readonly ends: ChannelEnd[]
  buffered: number
  start(react?: (frame: string) => void): Promise<void>
}

function rig(more: Partial<ChannelSocket<string, string>> = {}, bounds: Partial<ChannelBounds> = {}): Rig {
  const told: string[] = []
  const ends: ChannelEnd[] = []
  const clock = handClock()
  const socket: ChannelSocket<string, string> = {
    traits,
    opening: { protocol: '' },
    get bufferedBytes() {
      return all.buffered
    },
    sink: (given) => given,
    send: (frame) => told.push(`send ${frame}`),
    read: (isWanted) => told.push(isWanted ? 'read' : 'wait'),
    close: (code, reason) => told.push(`close ${code} ${reason}`),
    free: () => told.push('free'),
    ...more,
  }
  const all: Rig = {
    channel: defineChannel(socket, { ...CHANNEL_DEFAULTS, clock, ...bounds }),
    clock,
    told,
    ends,
    buffered: 0,
    start: async (react) => {
      all.channel.start({
        frame: (frame) => {
          told.push(frame)
          react?.(frame)
        },
        closed: (end) => {
          ends.push(end)
          told.push('closed')
        },
      })
      await null
    },
  }
  return all
}

const heard = (told: readonly string[]): readonly string[] => told.filter((word) => word !== 'read' && word !== 'wait')

describe('a defined channel', () => {
  it('queues what comes before start(), and delivers it in order in a later turn, the end last', async () => {
    const { channel, told, ends, start } = rig()
    channel.frame('1')
    channel.frame('2')
    channel.ended({ clean: true, reason: 'done' })
    channel.frame('late')
    channel.ended()
    const started = start()
    expect(heard(told)).toEqual(['free'])
    await started
    expect(heard(told)).toEqual(['free', '1', '2', 'closed'])
    expect(ends).toEqual([{ clean: true, reason: 'done' }])
  })

  it('starts once', async () => {
    const { channel, start } = rig()
    await start()
    expect(() => channel.start({ frame: () => {}, closed: () => {} })).toThrow(
      expect.objectContaining({ code: 'channel/already_started' }),
    )
  })

  it('reads from the network only for a sink that takes it', async () => {
    const { channel, told, start } = rig()
    await start()
    expect(told).toEqual(['read'])
    channel.pause()
    channel.frame('held')
    expect(told.at(-1)).toBe('wait')
    channel.resume()
    expect(told.slice(-2)).toEqual(['held', 'read'])
  })

  it('reads on while closing, up to its bound, so that the answer behind unread frames is seen', async () => {
    const { channel, told, start } = rig({}, { maxBufferedBytes: 200 })
    await start()
    channel.pause()
    channel.close(4000, 'bye')
    expect(told.slice(-2)).toEqual(['close 4000 bye', 'read'])
    channel.frame('x'.repeat(200))
    expect(told.at(-1)).toBe('wait')
  })

  it('gives a closing up that is not answered, and leaves no timer', async () => {
    const { channel, clock, ends, start } = rig()
    await start()
    channel.close()
    channel.close()
    expect(clock.pending).toBe(1)
    clock.fire()
    await null
    expect(ends).toMatchObject([{ clean: false, cause: { code: 'channel/close_timeout' } }])
    expect(clock.pending).toBe(0)
  })

  it('sends nothing once a closing has begun, at either end, nor after the end', async () => {
    const [mine, theirs, over] = [rig(), rig(), rig()]
    mine.channel.close()
    theirs.channel.closing()
    over.channel.ended()
    for (const { channel, told } of [mine, theirs, over]) {
      channel.send('too late')
      expect(told.join()).not.toContain('too late')
      expect(channel.bufferedBytes).toBe(0)
    }
  })

  it('ends a channel whose runtime cannot wait when more is held than its bound, with all that is held', async () => {
    const { channel, told, ends, start } = rig({ read: undefined }, { maxBufferedBytes: 150 })
    channel.frame('a')
    channel.frame('b')
    expect(told).toEqual([])
    channel.frame('x'.repeat(100))
    expect(told).toEqual(['free'])
    await start()
    expect(told).toEqual(['free', 'a', 'b', 'x'.repeat(100), 'closed'])
    expect(ends).toMatchObject([{ clean: false, cause: { code: 'channel/reader_too_slow' } }])
  })

  it('resolves drained() when the buffer is empty or the channel has ended, and rejects with the signal', async () => {
    const all = rig()
    const { channel } = all
    await channel.drained()
    all.buffered = 10
    const stop = new AbortController()
    const states: string[] = []
    const drained = channel.drained().then(() => states.push('drained'))
    const aborted = channel.drained(stop.signal).catch((reason) => states.push(reason))
    channel.flushed()
    await null
    expect(states).toEqual([])
    stop.abort('enough')
    await aborted
    all.buffered = 0
    channel.flushed()
    await drained
    expect(states).toEqual(['enough', 'drained'])
    all.buffered = 10
    const last = channel.drained()
    channel.ended()
    await last
    await expect(channel.drained(stop.signal)).rejects.toBe('enough')
  })

  it('drops what was held on terminate(), and nothing on an end', async () => {
    const { channel, told, start } = rig()
    channel.frame('held')
    channel.terminate()
    await start()
    expect(heard(told)).toEqual(['free', 'closed'])
  })

  it('delivers the rest after a sink that threw', async () => {
    const { channel, told } = rig()
    channel.frame('1')
    channel.frame('2')
    const reported: unknown[] = []
    const report = (error: unknown): void => void reported.push(error)
    process.once('uncaughtException', report)
    const uncaught = new Promise((resolve) => process.once('uncaughtExceptionMonitor', resolve))
    channel.start({
      frame: (frame) => {
        told.push(frame)
        if (frame === '1') throw new Error('in the sink')
      },
      closed: () => {},
    })
    await uncaught
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard(told)).toEqual(['1', '2'])
    expect(reported).toEqual([new Error('in the sink')])
  })

  it('lets its socket hold back what the app may have, even at the end', async () => {
    const { channel, told, start } = rig()
    await start()
    channel.pause(2)
    channel.frame('next turn')
    channel.ended()
    await null
    expect(heard(told)).toEqual(['free'])
    channel.resume(2)
    expect(heard(told)).toEqual(['free', 'next turn', 'closed'])
  })

  it('reports the end once where reading on brings frames and the end at once', async () => {
    const waiting = ['1', '2', '3']
    const all = rig({
      read: (isWanted) => {
        const next = isWanted ? waiting.shift() : undefined
        if (next === undefined) return
        all.channel.frame(next)
        if (next === '3') all.channel.ended({ clean: true })
      },
    })
    await all.start(() => {
      all.channel.pause()
      all.channel.resume()
    })
    await null
    expect(heard(all.told)).toEqual(['1', '2', '3', 'free', 'closed'])
  })

  it.each([999, 1004, 1005, 1006, 1015, 2000, 5000, 1000.5])('does not take %d for a close code', (code) => {
    expect(() => rig().channel.close(code)).toThrow(expect.objectContaining({ code: 'channel/invalid_close_code' }))
  })

  it('cuts the reason of a close at a character, to what a close frame has room for', () => {
    const { channel, told } = rig()
    channel.close(4000, `x${'漢'.repeat(60)}`)
    expect(told[0]).toBe(`close 4000 x${'漢'.repeat(40)}`)
  })
})
