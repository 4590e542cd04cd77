import type { RefuseOptions } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { MemoryWorld } from './memory-world.ts'
import { type Kind, SIX_CLIENTS, type Wire } from './six-clients.ts'

const ANSWERS: readonly (readonly [what: string, answer: RefuseOptions])[] = [
  ['403', { status: 403, body: '<h1>Forbidden</h1>' }],
  ['404', { status: 404, body: '404 page not found' }],
  ['200 of a page', { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ['302', { status: 302, code: 'channel/redirected', headers: { location: 'https://login.example/' } }],
  ['an untrusted certificate', { code: 'channel/untrusted_certificate' }],
]
const WIRES: readonly Wire[] = ['ours', 'published']
const CASES = SIX_CLIENTS.flatMap((kind) => WIRES.map((wire) => [kind.name, wire, kind] as const))

async function opened(kind: Kind, wire: Wire): Promise<MemoryWorld> {
  const world = new MemoryWorld(kind, wire)
  await world.clock.passing(world.client.connect())
  expect(world.client.isOpen()).toBe(true)
  return world
}

describe.each(CASES)('%s that was open, over the wire that is %s', (_name, wire, kind) => {
  it.each(ANSWERS.flatMap(([what, answer]) => [4_000, 60_000].map((ms) => [what, ms, answer] as const)))(
    'rides out %s in between for %i ms',
    async (_what, ms, answer) => {
      const world = await opened(kind, wire)
      world.inBetween = answer
      const before = world.dials
      world.cut()
      await world.until(() => !world.client.isOpen())
      world.client.say?.('said meanwhile')
      await world.clock.advance(ms)
      expect(world.client.isOver()).toBe(false)
      expect(world.client.explain()).toContain('It worked before, so the answer is not believed yet')
      // Nothing is written to what answers, and it is asked seldom.
      expect(world.dials - before).toBeLessThanOrEqual(12)
      world.inBetween = undefined
      await world.until(() => world.client.isOpen(), ms === 4_000 ? 10_000 : 60_000)
      const { said } = kind
      if (said !== undefined)
        await world.until(() => world.heard.some((frame) => frame.includes(said('said meanwhile'))))
      await world.end()
    },
  )

  it('ends after five minutes of it, with what answered', async () => {
    const world = await opened(kind, wire)
    world.inBetween = { status: 404, body: '404 page not found' }
    const before = world.dials
    world.cut()
    await world.until(() => world.client.isOver(), 400_000)
    expect(world.clock.now()).toBeGreaterThanOrEqual(300_000)
    expect(world.dials - before).toBeLessThanOrEqual(13)
    await world.end()
  })

  it.each([
    ['a code of ours', '{"error":{"code":"hub/not_found","message":"There is no such thing."}}'],
    ['a Status', '{"kind":"Status","apiVersion":"v1","code":404,"message":"There is no such thing."}'],
  ])("believes the server's own word, without a grace: %s", async (_what, body) => {
    const world = await opened(kind, wire)
    world.inBetween = { status: 404, body }
    world.cut()
    await world.until(() => world.client.isOver(), 20_000)
    await world.end()
  })
})

describe.each(SIX_CLIENTS.map((kind) => [kind.name, kind] as const))('%s that was never open', (_name, kind) => {
  it.each([
    ['a URL that none can dial', { code: 'channel/invalid_url' }],
    ['a certificate that is not trusted', { code: 'channel/untrusted_certificate' }],
    ['a subprotocol that was not selected', { code: 'channel/protocol_not_selected' }],
    ['a redirect', { status: 308, code: 'channel/redirected' }],
    ['403', { status: 403 }],
  ] satisfies (readonly [string, RefuseOptions])[])('rejects connect() within one dial: %s', async (_what, answer) => {
    const world = new MemoryWorld(kind, 'ours')
    world.inBetween = answer
    const outcome = world.client.connect().then(
      () => 'open',
      (error: unknown) => error,
    )
    const error = await world.clock.passing(outcome, 20_000)
    expect(error).toMatchObject({ code: expect.any(String), message: expect.any(String) })
    expect(world.dials).toBe(1)
    await world.end()
  })
})
