import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { attachShells, defaultPolicy, ShellHost, type ShellHostOptions } from '@holdfast/server/shell'
import { ShellSession, type ShellSessionOptions, shellEndpoint } from '@holdfast/shell'
import { type ChaosProxy, startChaosProxy } from '@holdfast/testkit/chaos-proxy'
import { nodeWebSocket } from '@holdfast/transport-node'

/** A real shell host behind a real http server, and a chaos proxy in front of both. */
export interface ShellWorld extends AsyncDisposable {
  readonly host: ShellHost
  readonly proxy: ChaosProxy
  session(options?: Partial<ShellSessionOptions> & { readonly command?: readonly string[] }): ShellSession
}

/** A raw terminal that runs a program: what is typed and printed passes byte for byte. */
export const raw = (...command: string[]): string[] => [
  '/bin/bash',
  '-c',
  'stty raw -echo; exec "$@"',
  'raw',
  ...command,
]

export async function shellWorld(options: ShellHostOptions = {}): Promise<ShellWorld> {
  const policy = defaultPolicy({
    shell: '/bin/bash',
    shellArgs: ['--norc', '--noprofile'],
    cwd: '/',
  })
  // A test drops far more often than any network; the limits that guard against it are tested elsewhere.
  const host = new ShellHost({ policy, ...options, limits: { upgradeBurst: 1_000_000, ...options.limits } })
  const endpoint = attachShells(host, {
    authenticate: ({ bearer }) => (bearer === 'secret' ? { id: 'ada', scopes: new Set(['shell']) } : undefined),
  })
  const server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    endpoint.upgrade(request, socket, head),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  return {
    host,
    proxy,
    session: ({ command, ...more } = {}) =>
      new ShellSession({
        transport: nodeWebSocket(),
        connect: shellEndpoint({ url: `ws://${proxy.address}`, token: 'secret', command }),
        reconnect: { baseDelay: 5, maxDelay: 40, outerLoopDelay: 40, limits: [] },
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await host.close()
      server.closeAllConnections()
      server.close()
    },
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
