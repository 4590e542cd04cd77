import { decodeInputAck, decodeServerControl, decodeStatus } from '@holdfast/protocol/shell'
import type { ShellFrame } from '@holdfast/shell-framing'
import type { Attachment } from './attachment.ts'
import { ShellSessionError } from './errors.ts'
import type { ShellInputStream } from './input.ts'
import type { ShellOutputStream } from './output.ts'
import type { SessionEnd } from './session-end.ts'
import type { SessionEvents } from './session-events.ts'

/** The parts of a session. */
export interface SessionParts {
  readonly end: SessionEnd
  readonly events: SessionEvents
  readonly input: ShellInputStream
  readonly output: ShellOutputStream
  readonly shell: Attachment
}

/** Handles each frame of the server for these parts. */
export function frameHandler(parts: SessionParts): (frame: ShellFrame) => void {
  return (frame) => handleFrame(frame, parts)
}

/** What a frame of the server means for a session. What cannot be read is a problem of this frame alone; kinds of a later version are skipped. */
function handleFrame(frame: ShellFrame, parts: SessionParts): void {
  const { end, events, input, output } = parts
  switch (frame.channel) {
    case 'ack': {
      const ack = decodeInputAck(frame.payload)
      return ack.ok ? input.acknowledged(ack.message) : reportUnreadable(events, 'ACK', ack.issue)
    }
    case 'ctrl':
      return handleControl(frame, parts)
    case 'heartbeat':
      return
    case 'close':
      // The shell is gone: the server echoes our CLOSE, or says its own.
      return end.closedByServer()
    case 'status': {
      output.frame(frame)
      const status = decodeStatus(frame.payload)
      if (!status.ok) return reportUnreadable(events, 'STATUS', status.issue)
      return status.message.kind === 'exit' ? end.exited(status.message) : undefined
    }
    default:
      return output.frame(frame)
  }
}

function handleControl(frame: ShellFrame, { events, output, shell }: SessionParts): void {
  const decoded = decodeServerControl(frame.payload)
  if (!decoded.ok) return
  const control = decoded.message
  switch (control.type) {
    case 'gap':
      return output.gap(control.to)
    case 'screen':
    case 'resized':
      if (control.type === 'screen') output.screen(control.at, control.bytes)
      shell.size = control.size
      events.emit('resized', control.size)
      return
    case 'role':
      return shell.setRole(control.role)
    case 'error': {
      const refused = `the server refused a message: ${control.code}: ${control.message}`
      return events.report(new ShellSessionError('shell/message_refused', refused))
    }
    case 'exit':
      // STATUS has said it.
      return
  }
}

function reportUnreadable(events: SessionEvents, kind: string, issue: string): void {
  events.report(new ShellSessionError('shell/invalid_message', `an unreadable ${kind}: ${issue}`))
}
