import { OpenError, type Target } from '@holdfast/contract'
import { expect } from 'vitest'
import type { TransportCase } from './transport-case.ts'
import type { TransportContext } from './transport-context.ts'

const dials: TransportCase['applies'] = (expected) => expected.dials

async function refusal(context: TransportContext, target?: Target): Promise<unknown> {
  return context.dial(target).then(
    () => 'opened',
    (error: unknown) => error,
  )
}

const OPEN_FAILED: unknown = expect.objectContaining({ name: 'OpenError', code: 'channel/open_failed' })

/** The dial: what it asks with, how it fails, and that it leaves nothing. */
export const OPENING_CASES: readonly TransportCase[] = [
  {
    name: 'declares its traits, on the transport and on its channels',
    async run(context) {
      expect(context.fixture.transport.traits).toEqual(context.expected.traits)
      const { channel } = await context.open()
      expect(channel.traits).toEqual(context.expected.traits)
      expect(channel.opening.protocol).toBe('')
    },
  },
  {
    name: 'tells the subprotocol that the server selected',
    applies: (expected) => expected.dials && expected.protocols,
    async run(context) {
      const target = { ...context.fixture.target, protocols: ['v2.example', 'v1.example'] }
      const { channel } = await context.open({ kind: 'accept', protocol: 'v1.example' }, target)
      expect(channel.opening.protocol).toBe('v1.example')
    },
  },
  {
    name: "sends the target's headers",
    applies: (expected) => expected.dials && expected.traits.requestHeaders,
    async run(context) {
      const target = { ...context.fixture.target, headers: { authorization: 'Bearer one', 'X-Trace': 'two' } }
      const { link } = await context.open(undefined, target)
      expect(link.requestHeaders).toMatchObject({ authorization: 'Bearer one', 'x-trace': 'two' })
    },
  },
  {
    name: 'rejects a refused dial with an OpenError, and can dial again',
    applies: dials,
    async run(context) {
      await context.fixture.server.plan({ kind: 'refuse', status: 503, headers: { 'retry-after': '7' }, body: 'later' })
      const error = await refusal(context)
      expect(error).toEqual(OPEN_FAILED)
      if (context.expected.refusalStatus) {
        expect(error).toMatchObject({ details: { status: 503, retryAfterMs: 7000 } })
      }
      await context.until(context.fixture.server.idle())
      await context.barrier()
    },
  },
  {
    name: "tells a refusal in the peer's own words, and takes nothing else for one",
    applies: (expected) => expected.dials && expected.refusalStatus,
    async run(context) {
      const answered = async (body: string): Promise<unknown> => {
        await context.fixture.server.plan({ kind: 'refuse', status: 404, body })
        const error = await refusal(context)
        await context.until(context.fixture.server.idle())
        return error instanceof OpenError ? [error.details.body, error.details.word] : error
      }
      const own = '{"error":{"code":"hub/not_found","message":"no such session"}}'
      const heard = await answered(own)
      // A link without bodies can report neither; one with them reports both.
      if (!Array.isArray(heard) || heard[0] === undefined) return expect(heard).toEqual([undefined, undefined])
      expect(heard).toEqual([own, { code: 'hub/not_found', message: 'no such session' }])
      expect(await answered('<html>')).toEqual(['<html>', undefined])
    },
  },
  {
    name: 'rejects a dial that is cut without an answer with an OpenError',
    applies: dials,
    async run(context) {
      await context.fixture.server.plan({ kind: 'reset' })
      expect(await refusal(context)).toEqual(OPEN_FAILED)
      await context.until(context.fixture.server.idle())
    },
  },
  {
    name: 'rejects a dial to where nobody listens with an OpenError',
    applies: dials,
    async run(context) {
      const { deadTarget } = context.fixture
      if (deadTarget === undefined) await context.fixture.server.plan({ kind: 'reset' })
      expect(await refusal(context, deadTarget)).toEqual(OPEN_FAILED)
    },
  },
  {
    name: 'keeps secrets of the target out of its errors',
    applies: dials,
    async run(context) {
      const url = new URL(context.fixture.target.url)
      url.searchParams.set('access_token', 's3cret-query')
      // Not 401: WebSockets of Node.js 24 answer that with a second dial.
      await context.fixture.server.plan({ kind: 'refuse', status: 403 })
      const error = await refusal(context, { ...context.fixture.target, url: url.href })
      expect(error).toEqual(OPEN_FAILED)
      const events: string[] = []
      for (let at: unknown = error; at instanceof Error; at = at.cause) events.push(String(at), JSON.stringify(at))
      expect(events.join('\n')).not.toContain('s3cret')
    },
  },
  {
    name: 'rejects with the reason of a signal that was aborted before, and does not dial',
    applies: dials,
    async run(context) {
      const controller = new AbortController()
      controller.abort('too late')
      const dialing = context.dial(undefined, controller.signal)
      await expect(dialing).rejects.toBe('too late')
      await context.until(context.fixture.server.idle())
    },
  },
  {
    name: 'stops a dial that is aborted in the turn in which it began',
    applies: dials,
    async run(context) {
      const controller = new AbortController()
      const dialing = context.dial(undefined, controller.signal)
      controller.abort('changed my mind')
      await expect(dialing).rejects.toBe('changed my mind')
      await context.until(context.fixture.server.idle())
    },
  },
  {
    name: 'stops a dial that is aborted while the server does not answer',
    applies: dials,
    async run(context) {
      const controller = new AbortController()
      await context.fixture.server.plan({ kind: 'hang' })
      const dialing = context.dial(undefined, controller.signal)
      dialing.catch(() => {})
      await context.until(context.fixture.server.dialed())
      controller.abort('waited long enough')
      await expect(dialing).rejects.toBe('waited long enough')
      await context.until(context.fixture.server.idle())
    },
  },
  {
    name: 'leaves an open channel alone when the signal of its dial is aborted later',
    applies: dials,
    async run(context) {
      const controller = new AbortController()
      await context.fixture.server.plan({ kind: 'accept' })
      const channel = await context.dial(undefined, controller.signal)
      const link = await context.until(context.fixture.server.link())
      controller.abort('no matter')
      channel.send('still open')
      expect(await context.until(link.received(1))).toEqual(['still open'])
    },
  },
]
