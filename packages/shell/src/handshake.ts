import type { HandshakeLink, HandshakeResult } from '@holdfast/core'
import { SENTENCES } from '@holdfast/core/words'
import {
  decodeStatus,
  encodeControl,
  SESSION_ID_NAME,
  SHELL_ID_HEADER,
  type ShellConfirmation,
  type ShellExit,
} from '@holdfast/protocol/shell'
import type { ShellFrame, ShellMessage } from '@holdfast/shell-framing'
import { ShellSessionError } from './errors.ts'

/** What a handshake found out. */
export interface ShellReady extends HandshakeResult {
  readonly confirmation: ShellConfirmation
  /** From the headers of the upgrade, where they can be read. */
  readonly sessionId: string | undefined
}

/** What the handshake reports to its session. */
export interface HandshakeHost {
  /** Where this client's unacknowledged input begins. */
  inputBase(): number
  /** Names this client in memory. */
  readonly instance: string
  /** The connection is this session's from here on; what comes next follows the confirmation. */
  confirmed(ready: ShellReady): void
  /** The program ended before anything was confirmed; what it said is in `frames`. */
  diedAtOnce(exit: ShellExit, frames: readonly ShellFrame[]): void
}

/** Output of a program that ended at once, as much as is kept of it. */
const MAX_LAST_FRAMES = 1_000

/**
 * From an open channel to an attached shell (shell §3): waits for the confirmation, then says hello to a server that has
 * the resume extension. What comes before the confirmation follows it. The engine's deadline bounds it.
 */
export async function shellHandshake(
  link: HandshakeLink<ShellFrame, ShellMessage>,
  host: HandshakeHost,
): Promise<ShellReady> {
  const seen: ShellFrame[] = []
  let said: ShellConfirmation | ShellExit | undefined
  await link.next((frame) => {
    const status = frame.channel === 'status' ? decodeStatus(frame.payload) : undefined
    if (status?.ok === true && (status.message.kind === 'confirmation' || status.message.kind === 'exit')) {
      said = status.message
    }
    if (said?.kind === 'confirmation') return true
    if (seen.length < MAX_LAST_FRAMES || said !== undefined) seen.push(frame)
    return said !== undefined
  }, 'the confirmation of the shell')
  if (said?.kind === 'confirmation') return accept(link, host, said)
  if (said !== undefined) host.diedAtOnce(said, seen)
  throw new ShellSessionError('shell/ended', SENTENCES && 'The program ended before the shell was confirmed.')
}

function accept(
  link: HandshakeLink<ShellFrame, ShellMessage>,
  host: HandshakeHost,
  received: ShellConfirmation,
): ShellReady {
  const headers = link.opening.headers ?? {}
  const shellId = received.shellId || headers[SHELL_ID_HEADER]
  const confirmation = shellId === undefined ? received : { ...received, shellId }
  const sessionId = headers[SESSION_ID_NAME.toLowerCase()]
  const offer = confirmation.holdfast
  const ready: ShellReady = { confirmation, sessionId, resumed: confirmation.reconnected, epoch: offer?.epoch }
  host.confirmed(ready)
  if (offer !== undefined) {
    link.send({
      channel: 'ctrl',
      payload: encodeControl({ type: 'hello', lease: offer.lease, in: host.inputBase(), instance: host.instance }),
    })
  }
  return ready
}
