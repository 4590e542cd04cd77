import { connect, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Transport } from '@holdfast/contract'
import { transportConformance } from '@holdfast/testkit/conformance'
import { describe } from 'vitest'
import { FRAMED_TRAITS, framed, type StreamPair, webStreams } from '../src/index.ts'
import { childStdio, nodeSocket } from '../src/node/index.ts'
import { startStreamServer } from './stream-server.ts'

interface Way {
  readonly kind: 'tcp' | 'unix'
  stream(address: string): Transport
}

const WAYS: Readonly<Record<string, Way>> = {
  'a TCP socket': { kind: 'tcp', stream: () => nodeSocket() },
  'a Unix socket': { kind: 'unix', stream: () => nodeSocket() },
  'a pair of Web Streams': { kind: 'tcp', stream: () => webStreams(({ url }) => webSocketOf(url)) },
  "a child's stdio": {
    kind: 'unix',
    stream: (address) => childStdio(process.execPath, { args: [relay, address.slice('unix:'.length)] }),
  },
}

const relay = fileURLToPath(new URL('relay.mjs', import.meta.url))

async function webSocketOf(url: string): Promise<StreamPair> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect({ host: hostname, port: Number(port) })
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  const { readable, writable } = Duplex.toWeb(socket)
  return { readable, writable, close: () => socket.destroy() }
}

/** A program is started for every connection: the whole suite through it is in `pnpm test:suites`, child-stdio.test.ts is not. */
const TRIED = Object.entries(WAYS).filter(
  ([name]) => process.env['HOLDFAST_LONG'] === '1' || name !== "a child's stdio",
)

describe.each(TRIED)('%s', (name, { kind, stream }) => {
  transportConformance({
    name: `framed() on ${name}`,
    expected: { traits: FRAMED_TRAITS },
    async setup() {
      const server = await startStreamServer(kind)
      const transport = framed(stream(server.address), server.address)
      return { transport, target: { url: 'http://peer/' }, server, teardown: () => server.close() }
    },
  })
})
