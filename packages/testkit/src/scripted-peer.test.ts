import { beforeEach, expect, expectTypeOf, it } from 'vitest'
import { leakGuard } from './leak-guard.ts'
import { matches } from './matches.ts'
import { type MemoryNetwork, memoryNetwork } from './memory-transport.ts'
import { type ScriptedServer, scriptedServer } from './scripted-peer.ts'
import { VirtualClock } from './virtual-clock.ts'

let clock: VirtualClock
let network: MemoryNetwork
let server: ScriptedServer

beforeEach(() => {
  clock = new VirtualClock()
  network = memoryNetwork({ clock, conditions: { latencyMs: 20 } })
  server = scriptedServer({ network, clock, withinMs: 5000 })
})

/** A client that says hello, echoes, and dials again one second after a failure. */
function persistentClient(): { stop(): void } {
  const controller = new AbortController()
  const again = (): void => {
    if (!controller.signal.aborted) clock.after(1000, dial)
  }
  const dial = (): void => {
    network.transport.open({ url: 'ws://test/?k=secret' }, controller).then((channel) => {
      controller.signal.addEventListener('abort', () => channel.terminate())
      channel.start({ frame: (frame) => channel.send(frame), closed: again })
      channel.send(JSON.stringify({ type: 'hello', version: 1 }))
    }, again)
  }
  dial()
  return { stop: () => controller.abort(new Error('stopped')) }
}

it('a scripted peer reads as sentences over several dials', async () => {
  const client = persistentClient()
  const peer = await server.peer()
  expect(await peer.receives({ type: 'hello' })).toEqual({ type: 'hello', version: 1 })
  peer.sends({ n: 1 }, { n: 2 })
  await peer.receives({ n: 1 })
  await peer.receives({ n: 2 })
  await peer.receivesNothing(100)
  peer.drops()
  await server.refuses({ status: 503 })
  const second = await server.peer()
  await second.receives({ type: 'hello' })
  second.closes(4401, 'who are you')
  expect(await second.ends()).toEqual({ code: 4401, reason: 'who are you', clean: true })
  const third = await server.peer()
  third.sendsFrame('{', new Uint8Array([7]))
  await third.receives({ type: 'hello' })
  await third.receives('{')
  await third.receives(new Uint8Array([7]))
  client.stop()
  await third.ends()
  server.close()
  leakGuard({ clock, network }).noLeaks()
})

it('a scripted peer says what was expected and what came', async () => {
  const client = persistentClient()
  const peer = await server.peer()
  await expect(peer.receives({ type: 'bye' })).rejects.toMatchObject({
    code: 'testkit/unexpected',
    message: 'expected {"type":"bye"}, got {"type":"hello","version":1}',
  })
  await expect(peer.receives({ more: true })).rejects.toThrow('expected {"more":true} within 5000 ms, nothing came')
  peer.sends('echo')
  await expect(peer.receivesNothing(100)).rejects.toThrow('expected nothing for 100 ms, got "echo"')
  await peer.receives('echo')
  peer.sendsFrame(new TextEncoder().encode('{}\n'))
  await expect(peer.receives({ n: 1 })).rejects.toThrow('(a binary frame; receivesFrame() returns it as it is)')
  client.stop()
  await expect(peer.receives(1)).rejects.toThrow('the link ended: {"reason":"","clean":false')
  await expect(server.peer()).rejects.toThrow('expected a dial within 5000 ms, nothing came')
})

it('a message that a scripted peer receives has the type of its pattern', async () => {
  const client = persistentClient()
  const peer = await server.peer()
  const hello = await peer.receives({ type: 'hello', version: (version) => typeof version === 'number' })
  expectTypeOf(hello).toEqualTypeOf<{ readonly type: 'hello'; readonly version: number }>()
  expect(hello.version + 1).toBe(2)
  peer.sends(1)
  expectTypeOf(await peer.receives(() => true)).toEqualTypeOf<unknown>()
  client.stop()
})

it('a scripted peer matches members partly, items exactly, and asks functions', () => {
  const message = { type: 'a', list: [1, { x: 1, y: 2 }], none: null }
  expect(matches(message, { list: [1, { y: 2 }] })).toBe(true)
  expect(matches(message, { list: [1] })).toBe(false)
  expect(matches(message, { type: (type) => typeof type === 'string', none: null })).toBe(true)
  expect(matches(message, { none: undefined })).toBe(false)
  expect(matches(message, { missing: undefined })).toBe(true)
  expect(matches([1], { length: 1 })).toBe(false)
  expect(matches('a', { type: 'a' })).toBe(false)
})

it('the check for leaks names every leak, and no credential', async () => {
  const traced = new VirtualClock({ trackOrigins: true })
  traced.after(50, () => {})
  const client = persistentClient()
  await server.peer()
  await clock.advance(100)
  const guard = leakGuard({ clock: traced, network, counts: { 'abort listeners': () => 2, files: () => 0 } })
  expect(() => guard.noLeaks()).toThrow(expect.objectContaining({ code: 'testkit/leak' }))
  expect(guard.leaks()).toEqual([
    expect.stringMatching(/^a timer due in 50 ms \(armed .*scripted-peer\.test/s),
    'link 1 to ws://test/ has 2 open ends',
    'a listener on every URL',
    'abort listeners: 2',
  ])
  client.stop()
  await clock.advance(100)
  server.close()
  leakGuard({ clock, network }).noLeaks()
})
