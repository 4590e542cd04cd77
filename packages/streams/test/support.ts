import { createServer } from 'node:http'
import { systemClock } from '@holdfast/contract'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { createHub, type Hub, parseToken, tokenAuthenticate } from '@holdfast/server'
import { onTestFinished } from 'vitest'
import { createStreams, type StreamLimits, type Streams } from '../src/index.ts'

/** A hub and streams over one log, behind a real server with tokens. */
export interface Served {
  readonly url: string
  readonly port: number
  readonly log: SessionLog
  readonly hub: Hub
  readonly streams: Streams
  /** Streams believe that so much time has passed, in milliseconds. */
  later(ms: number): void
  ask(line: string, init?: RequestInit & { readonly token?: string | undefined }): Promise<Answer>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: unknown
}

/** ann and bob write and read, olga reads, root does everything. */
const TOKENS = ['ann=ann:control', 'bob=bob:control', 'olga=olga:observe', 'root=root:admin']

export async function served(limits: Partial<StreamLimits> = {}): Promise<Served> {
  const log = memoryLog()
  const authenticate = tokenAuthenticate(TOKENS.map(parseToken))
  const hub = createHub({ log, authenticate })
  const sessions = hub.streamSource
  let shift = 0
  const clock = { ...systemClock, epoch: () => systemClock.epoch() + shift }
  const streams = createStreams({ log, authenticate, sessions, clock, limits: { recordAgeMs: 0, ...limits } })
  const server = createServer((_request, response) => response.writeHead(418).end())
  hub.attach(server)
  streams.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const url = `http://127.0.0.1:${port}`
  onTestFinished(async () => {
    await streams.close()
    await hub.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await log.close()
  })
  return {
    ...{ url, port, log, hub, streams },
    later(ms) {
      shift += ms
    },
    async ask(line, { token = 'ann', headers, ...init } = {}) {
      const [method = '', path = ''] = line.split(' ')
      const authorization = token === '' ? {} : { authorization: `Bearer ${token}` }
      const target = path.startsWith('http') ? path : `${url}${path}`
      const response = await fetch(target, { method, headers: { ...authorization, ...headers }, ...init })
      const text = await response.text()
      const isJson = text.startsWith('[') || text.startsWith('{')
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined }
    },
  }
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const
