import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  MAX_FRAME_SIZE,
  RuntimeClient,
  ShellChannel,
  ShellFramer,
  ShellSession,
  type ShellSessionOptions,
} from '../src/compat/index.ts'
import { World } from './support.ts'

let world: World
beforeEach(() => {
  world = new World()
})
afterEach(() => world.end())

const shell = (options: Partial<ShellSessionOptions> = {}) =>
  new ShellSession({
    connectFn: async (shellId) => ({ url: `ws://server/shells?shellId=${shellId}`, headers: {} }),
    shellId: 's1',
    transport: world.network.transport,
    clock: world.clock,
    ...options,
  })

it('the compatible shell client runs the published loop: connect, send, numbered channels, exit code', async () => {
  const session = shell()
  const connected = session.connect()
  const peer = await world.shell()
  peer.confirms('foreign')
  expect(await world.passing(connected)).toBe(session)
  await world.passing(session.send('echo hello\n'))
  expect(await peer.typed()).toBe('echo hello\n')
  peer.prints('hello\n')
  peer.exits({ code: 4 })
  await world.clock.advance(10)
  const seen: string[] = []
  for await (const frame of session) {
    if (frame.channel === ShellChannel.STDOUT) seen.push(frame.text)
    if (frame.channel === ShellChannel.STATUS) expect(frame.json()['status']).toBe('Failure')
  }
  expect(seen).toEqual(['hello\n'])
  expect([session.exitCode, session.kicked, session.shellId]).toEqual([4, false, 's1'])
})

it('the compatible shell client does not reconnect unless it is configured to', async () => {
  const session = shell()
  const connected = session.connect()
  const peer = await world.shell()
  peer.confirms('foreign')
  await world.passing(connected)
  peer.peer.drops()
  await world.passing(session.session.result)
  expect(world.network.dialCount).toBe(1)

  const told: boolean[] = []
  const other = shell({
    reconnectConfig: {
      onReconnect: (reconnected) => {
        told.push(reconnected)
      },
    },
  })
  const again = other.connect()
  const first = await world.shell()
  first.confirms('foreign')
  await world.passing(again)
  first.peer.drops()
  const second = await world.shell()
  second.confirms('foreign', { reconnected: true })
  await world.until(() => told.length === 1)
  expect(told).toEqual([true])
  second.exits({ code: 0 })
  await world.passing(other.session.result)
})

it('frames single messages', () => {
  const framer = new ShellFramer()
  expect(framer.decode(framer.encodeStdin('ls'))).toMatchObject({ channel: ShellChannel.STDIN, text: 'ls' })
  expect(framer.decode(framer.encodeResize(80, 24)).json()).toEqual({ width: 80, height: 24 })
  expect([...framer.encodeHeartbeat(), ...framer.encodeClose()]).toEqual([5, 255])
  expect(framer.decode(new Uint8Array([0x77]))).toMatchObject({ channel: ShellChannel.UNKNOWN, rawChannelByte: 0x77 })
  expect(() => framer.decode(new Uint8Array())).toThrow()
  expect(() => framer.encodeStdin(new Uint8Array(MAX_FRAME_SIZE))).toThrow()
})

it('the compatible shell client opens shells as the published client does', async () => {
  const client = new RuntimeClient({ region: 'us-west-2' })
  const opening = client.openShell({
    runtimeArn: 'arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my-runtime',
    shellId: 's1',
    sessionId: 'session-1',
    auth: { type: 'oauth', bearerToken: 'secret' },
    transport: world.network.transport,
    clock: world.clock,
  })
  const peer = await world.shell()
  const { url, protocols } = peer.peer.request
  expect(url).toMatch(
    /^wss:\/\/bedrock-agentcore\.us-west-2\.amazonaws\.com\/runtimes\/arn%3Aaws.*\/ws\/shells\?shellId=s1/,
  )
  expect(protocols).toEqual(['base64UrlBearerAuthorization.c2VjcmV0', 'base64UrlBearerAuthorization'])
  peer.confirms('foreign')
  const session = await world.passing(opening)
  expect(session.sessionId).toBe('session-1')
  const closed = session.close()
  await world.clock.advance(10)
  peer.peer.sendsFrame(new Uint8Array([255]))
  await world.passing(closed)
})
