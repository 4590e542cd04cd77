import { silentLogger, systemClock, systemRandom, type WebSocketChannel } from '@holdfast/contract'
import { expect, it, onTestFinished } from 'vitest'
import { createHub } from '../../src/hub/index.ts'
import { SESSIONS_LIMITS } from '../../src/sessions/index.ts'
import { Subscriber } from '../../src/sessions/subscriber.ts'
import { failingLog } from '../failing-log.ts'
import { until } from '../hub/support.ts'

/** A channel of which it is known what was said on it, and how it was closed. */
interface Recorder {
  readonly channel: WebSocketChannel
  readonly types: string[]
  readonly closes: (number | undefined)[]
}

function recorder(): Recorder {
  const types: string[] = []
  const closes: (number | undefined)[] = []
  const channel: WebSocketChannel = {
    traits: { binary: false, ping: true, pause: true, requestHeaders: true },
    opening: { protocol: '' },
    bufferedBytes: 0,
    start: () => {},
    send: (frame) => types.push(JSON.parse(String(frame)).type),
    drained: async () => {},
    pause: () => {},
    resume: () => {},
    ping: () => {},
    close: (code) => closes.push(code),
    terminate: () => {},
  }
  return { channel, types, closes }
}

async function start() {
  const log = failingLog()
  const hub = createHub({ log })
  onTestFinished(async () => {
    await hub.close()
    await log.close()
  })
  const made = await hub.createSession('s')
  await made.publish('message_end', { content: 'hi' })
  made.close()
  const enter = async () => {
    const session = await hub.session('s')
    const told = recorder()
    const { channel } = told
    const subscriber = new Subscriber({
      ...SESSIONS_LIMITS,
      channel,
      principal: { id: 'ann', scopes: new Set(['control']) },
      mayControl: true,
      session,
      clock: systemClock,
      random: systemRandom,
      logger: silentLogger,
      after: undefined,
      keepAliveMs: undefined,
    })
    return { ...told, subscriber }
  }
  return { log, hub, enter }
}

it('the sessions endpoint sends the client away to come again when the log is away, and serves it when it does', async () => {
  const { log, enter } = await start()
  const { types, closes, subscriber } = await enter()
  await until(() => types.length === 1)
  log.isAway = true
  await until(() => closes.length > 0)
  expect(closes[0]).toBe(1013)
  subscriber.closed()
  await expect(enter()).rejects.toMatchObject({ code: 'hub/unavailable' })
  log.isAway = false
  const again = await enter()
  await until(() => again.types.length === 1)
  again.subscriber.closed()
  expect(again.closes).toEqual([])
})

it('a subscriber is closed when its session is removed', async () => {
  const { log, enter } = await start()
  const { closes, subscriber } = await enter()
  await log.removeSession('s')
  await until(() => closes.length > 0)
  subscriber.closed()
  await expect(enter()).rejects.toMatchObject({ code: 'hub/not_found' })
})
