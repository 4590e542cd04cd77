import { type AttemptContext, type Cause, Connection, type Status, type Target } from '@holdfast/core'
import { engineOptions } from '@holdfast/core/client'
import type { HandshakeConnection } from '@holdfast/core/protocol'
import { SENTENCES } from '@holdfast/core/words'
import type { ShellFrame, ShellMessage } from '@holdfast/shell-framing'
import { ShellSessionError } from './errors.ts'
import { frameHandler, type SessionParts } from './handle-frame.ts'
import type { ShellReady } from './handshake.ts'
import type { ResolvedShellOptions, ShellSessionOptions } from './options.ts'
import { type ShellProtocolOptions, shellProtocol } from './shell-protocol.ts'

/** Messages beside input that may be on their way at once. */
const OTHER_MESSAGES = 1_000
/** What a key costs in the queue: its frame, and 256 bytes. */
const KEY_BYTES = 320

/** The engine, speaking the shell protocol. */
export interface ShellConnection extends HandshakeConnection<ShellFrame, ShellMessage, ShellReady> {}

/** What the connection asks of its session and reports to it. */
export interface ConnectionHost extends ShellProtocolOptions {
  target(context: AttemptContext): Promise<Target>
}

/** A connection with the options of a session. It does not dial yet. */
export function shellConnection(
  options: ShellSessionOptions,
  resolved: ResolvedShellOptions,
  host: ConnectionHost & SessionParts,
): ShellConnection {
  const { clock, random, queueBytes } = resolved
  return new Connection({
    ...engineOptions(options),
    // A session that is given up is over.
    retry: { ...options.retry, onExhausted: 'close' },
    target: (context) => host.target(context),
    protocol: shellProtocol(host),
    onMessage: frameHandler(host),
    // Single keys, each its own message: the bound is that of the input buffer.
    outbox: { maxBytes: (queueBytes + OTHER_MESSAGES) * KEY_BYTES },
    clock,
    random,
  })
}

/** Why a status means that the session is over; `undefined` where it continues, or where this side ended it. */
export function finalError(
  status: Status,
  lastCause: Cause | undefined,
  maxAttempts: number,
): ShellSessionError | undefined {
  switch (status.state) {
    case 'waiting':
      return status.attempt >= maxAttempts ? unreachable(attemptsFailed(status.attempt), lastCause) : undefined
    case 'authRequired': {
      const refused = SENTENCES && 'The credentials were refused, also after they were asked for anew.'
      return new ShellSessionError('shell/unauthorized', refused, { cause: status.error })
    }
    case 'closed': {
      if (!('error' in status.outcome)) return undefined
      const { error } = status.outcome
      return error instanceof ShellSessionError ? error : outageTooLong(lastCause)
    }
    default:
      return undefined
  }
}

/** The time for reconnecting is over. */
export function outageTooLong(lastCause: Cause | undefined): ShellSessionError {
  return unreachable('the time for reconnecting is over', lastCause)
}

function attemptsFailed(count: number): string {
  return count === 1 ? 'the attempt failed' : `${count} attempts failed`
}

/** It could not be attached in the time or the attempts allowed. */
export function unreachable(what: string, lastCause: Cause | undefined): ShellSessionError {
  const cause = lastCause !== undefined && 'error' in lastCause ? lastCause.error : undefined
  const details = { cause: lastCause?.kind, closeCode: lastCause?.kind === 'close' ? lastCause.code : undefined }
  return new ShellSessionError('shell/unreachable', SENTENCES && `The shell could not be reached: ${what}.`, {
    cause,
    details,
  })
}
