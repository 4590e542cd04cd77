import type { WebSocketFrame } from '@holdfast/contract'
import {
  type ClientControl,
  decodeClientControl,
  decodeOutputAck,
  decodeResize,
  SHELL_CLOSE,
  type ShellSignal,
  type TerminalSize,
} from '@holdfast/protocol/shell'
import { decodeFrame, halfClosedStream, type ShellFrame } from '@holdfast/shell-framing'
import type { Viewer } from '../viewer/viewer.ts'

/** What a client can have done to a shell. */
export interface FrameTarget {
  write(viewer: Viewer, bytes: Uint8Array): void
  endInput(): void
  resize(viewer: Viewer, size: TerminalSize): void
  signal(name: ShellSignal): Promise<void>
  kill(): Promise<unknown>
  hello(viewer: Viewer, leaseId: string, input: number, instance?: string | undefined): void
  promote(viewer: Viewer): void
  snapshot(viewer: Viewer): void
}

/** Close code for a peer that breaks the protocol (RFC 6455 §7.4.1). */
const PROTOCOL_ERROR = 1002

/** What one frame of a client does. Malformed and unknown frames harm nothing but, at worst, their own connection. */
export function handleFrame(shell: FrameTarget, viewer: Viewer, message: WebSocketFrame): void {
  if (typeof message === 'string') return viewer.close(SHELL_CLOSE.textRefused, 'text messages are refused')
  const decoded = decodeFrame(message)
  if (!decoded.ok) return viewer.close(PROTOCOL_ERROR, decoded.issue)
  const frame = decoded.message
  switch (frame.channel) {
    case 'stdin':
      return typed(shell, viewer, frame)
    case 'resize':
      return resized(shell, viewer, frame)
    case 'heartbeat':
      return viewer.heartbeat()
    case 'close':
      return closed(shell, viewer, frame)
    case 'ack':
      return acknowledged(viewer, frame)
    case 'ctrl':
      return controlled(shell, viewer, frame)
    case 'stdout':
    case 'stderr':
    case 'status':
    case 'unknown':
      return refuse(viewer, 'shell/bad_request', `channel ${frame.rawChannelByte} means nothing towards a shell`)
  }
}

function typed(shell: FrameTarget, viewer: Viewer, frame: ShellFrame): void {
  if (viewer.role !== 'writer') return refuse(viewer, 'shell/forbidden', 'an observer does not write')
  shell.write(viewer, frame.payload)
}

function resized(shell: FrameTarget, viewer: Viewer, frame: ShellFrame): void {
  if (viewer.role !== 'writer') return refuse(viewer, 'shell/forbidden', 'an observer does not resize')
  const size = decodeResize(frame.payload)
  if (!size.ok) return refuse(viewer, 'shell/bad_request', size.issue)
  shell.resize(viewer, size.message)
}

function closed(shell: FrameTarget, viewer: Viewer, frame: ShellFrame): void {
  if (viewer.role !== 'writer') return refuse(viewer, 'shell/forbidden', 'an observer does not close')
  if (viewer.dialect.halfCloses && halfClosedStream(frame) === 'stdin') return shell.endInput()
  if (!viewer.dialect.closeKills || frame.payload.length > 0) return
  if (!viewer.mayKill) return refuse(viewer, 'shell/forbidden', 'this principal may not kill the shell')
  viewer.killing = true
  void shell.kill().then(() => viewer.closeKilled())
}

function acknowledged(viewer: Viewer, frame: ShellFrame): void {
  if (!viewer.extended) return
  const ack = decodeOutputAck(frame.payload)
  if (!ack.ok) return refuse(viewer, 'shell/bad_request', ack.issue)
  viewer.acknowledged(ack.message.received, ack.message.consumed)
}

function controlled(shell: FrameTarget, viewer: Viewer, frame: ShellFrame): void {
  if (!viewer.dialect.resumes) return
  const control = decodeClientControl(frame.payload)
  if (!control.ok) return refuse(viewer, 'shell/bad_request', control.issue)
  if (!viewer.extended && control.message.type !== 'hello') return
  perform(shell, viewer, control.message)
}

function perform(shell: FrameTarget, viewer: Viewer, control: ClientControl): void {
  switch (control.type) {
    case 'hello':
      return shell.hello(viewer, control.lease, control.in, control.instance)
    case 'takeover':
      if (!viewer.mayTakeOver) return refuse(viewer, 'shell/forbidden', 'this principal may not take the shell over')
      return shell.promote(viewer)
    case 'detach':
      viewer.detached = true
      return viewer.close(SHELL_CLOSE.normal, 'detached')
    case 'signal':
      if (viewer.role !== 'writer') return refuse(viewer, 'shell/forbidden', 'an observer does not signal')
      void shell.signal(control.name)
      return
    case 'snapshot':
      return shell.snapshot(viewer)
  }
}

/** Told where the client understands it; else the frame is as if it had not been sent. */
function refuse(viewer: Viewer, code: string, message: string): void {
  viewer.control({ type: 'error', code, message })
}
