import { afterEach, beforeEach, expect, test } from 'vitest'
import { nodeWebSocket } from '../src/index.ts'
import { type RawServer, startRawServer, upgraded } from './raw-server.ts'
import { gone } from './support.ts'

let raw: RawServer
beforeEach(async () => {
  raw = await startRawServer()
})
afterEach(() => raw.close())

const transport = nodeWebSocket({ proxy: false })
const active = (name: RegExp): number => process.getActiveResourcesInfo().filter((what) => name.test(what)).length
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Begins a dial whose rejection is looked at later. */
function dial(url: string): { readonly dialing: Promise<unknown>; readonly controller: AbortController } {
  const controller = new AbortController()
  const dialing = transport.open({ url }, { signal: controller.signal })
  dialing.catch(() => {})
  return { dialing, controller }
}

test('the Node transport does not connect when aborted while the name is looked up', async () => {
  // Test files share their process: what another left open is not this dial's.
  const [lookups, before] = [active(/GetAddrInfo/i), active(/GetAddrInfo|TCPConnect|TCPSocket/i)]
  const { dialing, controller } = dial(raw.url.replace('127.0.0.1', 'localhost'))
  expect(active(/GetAddrInfo/i)).toBe(lookups + 1)
  controller.abort('enough')
  await expect(dialing).rejects.toBe('enough')
  while (active(/GetAddrInfo|TCPConnect|TCPSocket/i) > before) await turn()
  expect(raw.sockets.size).toBe(0)
})

test('the Node transport frees the connection when aborted while TLS is not answered', async () => {
  const asked = raw.next()
  const { dialing, controller } = dial(raw.url.replace('ws:', 'wss:'))
  const { socket } = await asked
  const ended = gone(socket)
  controller.abort('enough')
  await expect(dialing).rejects.toBe('enough')
  await ended
})

test('the Node transport frees the connection when aborted while the upgrade is half answered', async () => {
  const asked = raw.next()
  const { dialing, controller } = dial(raw.url)
  const { socket, request } = await asked
  socket.write(upgraded(request).slice(0, 40))
  await turn()
  const ended = gone(socket)
  controller.abort('enough')
  await expect(dialing).rejects.toBe('enough')
  await ended
})
