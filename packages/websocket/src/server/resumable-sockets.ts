import { type Clock, HoldfastError, systemClock, type Timer, type WebSocketFrame } from '@holdfast/core'
import { mergeBounds } from '@holdfast/core/contract'
import { type ResumeHello, readFrame } from '../resume-wire.ts'
import { ServerSession } from './server-session.ts'
import type { ResumableSession, ResumableSocketsOptions, ServerSocket, SessionHandlers } from './session-types.ts'

/** Every default number of the server's end. Milliseconds and bytes. */
export const RESUMABLE_DEFAULTS = {
  retainMs: 300_000,
  maxBytes: 4_194_304,
  maxCount: 10_000,
  /** A link that has not begun within this is closed. */
  helloMs: 10_000,
} as const

/** Sockets that resume their sessions. */
export interface ResumableSockets {
  /** Gives it a socket. `owner`: who the client is, where you know it; only the same one may resume a session. */
  accept(socket: ServerSocket, options?: { readonly owner?: string | undefined }): void
  /** Ends all sessions. */
  close(): void
}

/**
 * The server's end for clients with the `wire` `resumableFrames()`: `sockets.on('connection', (socket) => resumable.accept(socket))`.
 * Sessions are in the memory of this process, and of no other: a server that is restarted has forgotten them, and its clients get
 * a gap; behind a balancer a client must come back to the same process.
 * @throws HoldfastError `connection/invalid_option` for a bound that is no number, or below zero
 */
export function resumableSockets(
  onSession: (session: ResumableSession) => SessionHandlers,
  options: ResumableSocketsOptions = {},
): ResumableSockets {
  return new Sessions(onSession, options)
}

class Sessions implements ResumableSockets {
  readonly #onSession: (session: ResumableSession) => SessionHandlers
  readonly #options: ResumableSocketsOptions
  readonly #retainMs: number
  readonly #maxBytes: number
  readonly #maxCount: number
  readonly #clock: Clock
  readonly #sessions = new Map<string, ServerSession>()
  /** Those whose client is away, longest first. */
  readonly #away = new Map<ServerSession, Timer>()

  constructor(onSession: (session: ResumableSession) => SessionHandlers, options: ResumableSocketsOptions) {
    this.#onSession = onSession
    this.#options = options
    const { retainMs, maxBytes, maxCount } = mergeBounds(RESUMABLE_DEFAULTS, options, (option, problem) => {
      return new HoldfastError('connection/invalid_option', `Option ${option}: ${problem}.`, { details: { option } })
    })
    this.#retainMs = retainMs
    this.#maxBytes = maxBytes
    this.#maxCount = maxCount
    this.#clock = options.clock ?? systemClock
  }

  accept(socket: ServerSocket, { owner = '' }: { readonly owner?: string | undefined } = {}): void {
    let session: ServerSession | undefined
    const late = this.#clock.after(RESUMABLE_DEFAULTS.helloMs, () => socket.close(1002, 'No hello came'))
    const closed = (): void => {
      late.cancel()
      if (session?.detach(socket) === true) this.#setAway(session)
    }
    socket.on('close', closed)
    socket.on('error', closed)
    socket.on('message', (data, isBinary) => {
      const frame = readFrame(frameOf(data, isBinary))
      if (session !== undefined) return session.receive(socket, frame)
      if (frame === undefined || !('control' in frame) || !('hello' in frame.control))
        return socket.close(1002, 'Expected a client with resumableFrames()')
      late.cancel()
      session = this.#sessionFor(socket, owner, frame.control.hello)
    })
  }

  close(): void {
    for (const session of [...this.#sessions.values()]) session.close()
  }

  #sessionFor(socket: ServerSocket, owner: string, hello: ResumeHello): ServerSession | undefined {
    const key = `${hello.client} ${owner}`
    const known = this.#sessions.get(key)
    if (known?.accept(socket, hello) === true) {
      this.#away.get(known)?.cancel()
      this.#away.delete(known)
      return known
    }
    known?.end('replaced')
    if (this.#sessions.size >= this.#maxCount) this.#evictOldest()
    if (this.#sessions.size >= this.#maxCount) {
      socket.close(1013, 'Too many sessions')
      return undefined
    }
    const { onError } = this.#options
    const [maxBytes, clock] = [this.#maxBytes, this.#clock]
    const session = new ServerSession({ owner, maxBytes, clock, onError, ended: () => this.#ended(key, session) })
    this.#sessions.set(key, session)
    if (!session.start(this.#onSession)) {
      socket.close(1011, 'Session failed')
      return undefined
    }
    session.accept(socket, hello)
    return session
  }

  /** Ends the one whose client is away for longest. */
  #evictOldest(): void {
    const [longest] = this.#away.keys()
    longest?.end('replaced')
  }

  #setAway(session: ServerSession): void {
    this.#away.set(
      session,
      this.#clock.after(this.#retainMs, () => session.end('expired')),
    )
  }

  #ended(key: string, session: ServerSession): void {
    this.#sessions.delete(key)
    this.#away.get(session)?.cancel()
    this.#away.delete(session)
  }
}

/** `ws` gives text as bytes, and bytes in several forms. */
function frameOf(data: unknown, isBinary: boolean): WebSocketFrame {
  if (typeof data === 'string') return data
  const bytes = bytesOf(data)
  return isBinary ? bytes : new TextDecoder().decode(bytes)
}

function bytesOf(data: unknown): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  if (!Array.isArray(data)) return data instanceof Uint8Array ? data : new Uint8Array()
  const parts = data.map(bytesOf)
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
