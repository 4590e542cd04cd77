import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ChaosProxy, startChaosProxy } from '@holdfast/chaos-proxy'
import type { UpgradeEndpoint } from '@holdfast/server'
import { ShellSession, type ShellSessionOptions, shellEndpoint } from '@holdfast/shell'
import {
  attachShells,
  defaultPolicy,
  relayedPrincipals,
  ShellHost,
  type ShellHostOptions,
  tunnelShells,
} from '@holdfast/shell-host'
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

/** `tunnel`: the host is behind another server, as behind a gateway that does not have the shells itself. */
export async function shellWorld({
  tunnel = false,
  ...options
}: ShellHostOptions & { readonly tunnel?: boolean } = {}): Promise<ShellWorld> {
  const policy = defaultPolicy({
    shell: '/bin/bash',
    shellArgs: ['--norc', '--noprofile'],
    cwd: '/',
  })
  // A test drops far more often than any network; the limits that guard against it are tested elsewhere.
  const host = new ShellHost({ policy, ...options, limits: { upgradeBurst: 1_000_000, ...options.limits } })
  const authenticate = ({ bearer }: { readonly bearer?: string | undefined }) =>
    bearer === 'secret' ? { id: 'ada', scopes: new Set(['shell']) } : undefined
  const servers = [
    await served(attachShells(host, { authenticate: tunnel ? relayedPrincipals('ours') : authenticate })),
  ]
  if (tunnel) {
    const behind = portOf(servers[0])
    const reach = async (): Promise<Duplex> => {
      const socket = connect(behind, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    }
    servers.push(await served(tunnelShells(() => ({ connect: reach, secret: 'ours' }), { authenticate })))
  }
  const port = portOf(servers.at(-1))
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  return {
    host,
    proxy,
    session: ({ command, ...more } = {}) =>
      new ShellSession({
        transport: nodeWebSocket(),
        target: shellEndpoint({ url: `ws://${proxy.address}`, token: 'secret', command }),
        retry: { baseMs: 5, firstMs: 5, capMs: 40, limits: [], flapLimits: [] },
        ...more,
      }),
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await host.close()
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

async function served(endpoint: UpgradeEndpoint): Promise<Server> {
  const server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    endpoint.upgrade(request, socket, head),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server | undefined): number {
  const address = server?.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
