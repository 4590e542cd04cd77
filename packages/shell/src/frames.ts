import {
  decodeInputAck,
  decodeServerControl,
  decodeStatus,
  type ShellExit,
  type TerminalSize,
} from '@holdfast/protocol/shell'
import type { ShellFrame } from '@holdfast/shell-framing'

/** What a frame of the server can mean. */
export interface FrameHandlers {
  /** Something for the reader. */
  output(frame: ShellFrame): void
  /** The program's terminal has this client's input up to `offset`. */
  acknowledged(offset: number): void
  /** Output continues at `to`. */
  gap(to: number): void
  /** Output continues at `to`, behind a picture of the terminal of so many bytes. */
  screen(to: number, bytes: number): void
  role(role: 'writer' | 'observer'): void
  resized(size: TerminalSize): void
  exited(exit: ShellExit): void
  /** The shell is gone: the server echoes our CLOSE, or says its own. */
  closed(): void
  problem(code: 'shell/invalid_message' | 'shell/message_refused', what: string): void
}

/** Reads one frame. What cannot be read is a problem of this frame alone; kinds of a later version are skipped. */
export function handleFrame(frame: ShellFrame, handlers: FrameHandlers): void {
  switch (frame.channel) {
    case 'ack': {
      const ack = decodeInputAck(frame.payload)
      return ack.ok
        ? handlers.acknowledged(ack.message)
        : handlers.problem('shell/invalid_message', `an unreadable ACK: ${ack.issue}`)
    }
    case 'ctrl':
      return handleControl(frame, handlers)
    case 'heartbeat':
      return
    case 'close':
      return handlers.closed()
    case 'status': {
      handlers.output(frame)
      const status = decodeStatus(frame.payload)
      if (!status.ok) return handlers.problem('shell/invalid_message', `an unreadable STATUS: ${status.issue}`)
      return status.message.kind === 'exit' ? handlers.exited(status.message) : undefined
    }
    default:
      return handlers.output(frame)
  }
}

function handleControl(frame: ShellFrame, handlers: FrameHandlers): void {
  const decoded = decodeServerControl(frame.payload)
  if (!decoded.ok) return
  const control = decoded.message
  switch (control.type) {
    case 'gap':
      return handlers.gap(control.to)
    case 'screen':
      handlers.screen(control.at, control.bytes)
      return handlers.resized(control.size)
    case 'role':
      return handlers.role(control.role)
    case 'resized':
      return handlers.resized(control.size)
    case 'error':
      return handlers.problem(
        'shell/message_refused',
        `the server refused a message: ${control.code}: ${control.message}`,
      )
    case 'exit':
      // STATUS has said it.
      return
  }
}
