import type { WebSocket } from 'ws'
import { type Seen, type SocketServer, sleep, socketServer } from './servers.ts'
import type { Options, Runtime, Session } from './shell-module.ts'

export const ARN = 'arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my-runtime'
export const keys = async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' })

const frame = (channel: number, payload: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from([channel]), Buffer.from(payload)])
export const status = (body: object): Buffer => frame(3, JSON.stringify(body))
export const confirmation = (metadata: object = {}): Buffer =>
  status({ kind: 'Status', metadata: { shellId: 'x', reconnected: false, ...metadata }, status: 'Success' })
export const stdout = (text: string | Buffer): Buffer => frame(1, text)
export const stderr = (text: string): Buffer => frame(2, text)
export const exit = (code: number): Buffer =>
  code === 0
    ? status({ metadata: {}, status: 'Success' })
    : status({
        metadata: {},
        status: 'Failure',
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      })
export const CLOSE: Buffer = Buffer.from([255])

/** Delays that make an outage short. */
export const QUICK = { baseDelay: 20, maxDelay: 50, outerLoopDelay: 50, reconnectWindow: 3_000 }

/** A service that confirms each shell, answers CLOSE and heartbeats, and does what `then` says. */
export function service(then: (socket: WebSocket, dial: number, seen: Seen) => void = () => {}): Promise<SocketServer> {
  return bare((socket, dial, seen) => {
    socket.send(confirmation({ reconnected: dial > 0 }))
    then(socket, dial, seen)
  })
}

/** The same without a confirmation. */
export function bare(then: (socket: WebSocket, dial: number, seen: Seen) => void): Promise<SocketServer> {
  return socketServer((socket, dial, seen) => {
    socket.on('message', (data: Buffer) => {
      if (data[0] === 5) socket.send(data)
      if (data[0] !== 255) return
      socket.send(CLOSE)
      socket.close(1000)
    })
    then(socket, dial, seen)
  })
}

export function sessionOf(runtime: Runtime, url: string, options: Options = {}): Session {
  return new runtime.ShellSession({
    connectFn: async () => ({ url, headers: {} }),
    shellId: 'x',
    sessionId: 's'.repeat(36),
    keepaliveIntervalMs: 0,
    ...options,
  })
}

/** Reads up to a number of frames, or to the end: what came, and how it ended. */
export async function read(session: Session, count: number = 1_000, withinMs: number = 2_000): Promise<unknown> {
  const frames: string[] = []
  const reading = (async () => {
    for await (const { channel, text } of session) {
      frames.push(`${channel} ${text}`)
      if (frames.length === count) return 'enough'
    }
    return 'ended'
  })().catch((error: unknown) => `threw ${error instanceof Error ? error.message : ''}`)
  return { frames, how: await Promise.race([reading, sleep(withinMs).then(() => 'pending')]) }
}

/** `ok`, or what was thrown. */
export function settled(promise: Promise<unknown>, withinMs: number = 3_000): Promise<string> {
  const told = promise.then(
    () => 'ok',
    () => 'throws',
  )
  return Promise.race([told, sleep(withinMs).then(() => 'pending')])
}
