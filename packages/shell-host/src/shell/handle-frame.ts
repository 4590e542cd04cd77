import type { WebSocketFrame } from '@holdfast/contract'
import {
  type ClientControl,
  decodeClientControl,
  decodeOutputAck,
  decodeResize,
  SHELL_CLOSE,
  type ShellSignal,
  type TerminalSize,
  type TerminalSizing,
} from '@holdfast/protocol/shell'
import { decodeFrame, halfClosedStream, type ShellFrame } from '@holdfast/shell-framing'
import type { ShellClient } from '../client/shell-client.ts'

/** What a client can have done to a shell. */
export interface FrameTarget {
  readonly sizing: TerminalSizing
  write(client: ShellClient, bytes: Uint8Array): void
  endInput(): void
  resize(client: ShellClient, size: TerminalSize): void
  signal(name: ShellSignal): void
  kill(): Promise<unknown>
  hello(client: ShellClient, leaseId: string, input: number, instance?: string | undefined): void
  promote(client: ShellClient): void
  snapshot(client: ShellClient): Promise<void>
}

/** Close code for a peer that breaks the protocol (RFC 6455 §7.4.1). */
const PROTOCOL_ERROR = 1002

/** What one frame of a client does. Malformed and unknown frames harm nothing but, at worst, their own connection. */
export function handleFrame(shell: FrameTarget, client: ShellClient, message: WebSocketFrame): void {
  if (typeof message === 'string') return client.close(SHELL_CLOSE.textRefused, 'text messages are refused')
  const decoded = decodeFrame(message)
  if (!decoded.ok) return client.close(PROTOCOL_ERROR, decoded.issue)
  const frame = decoded.message
  switch (frame.channel) {
    case 'stdin':
      return typed(shell, client, frame)
    case 'resize':
      return resized(shell, client, frame)
    case 'heartbeat':
      return client.heartbeat()
    case 'close':
      return closed(shell, client, frame)
    case 'ack':
      return acknowledged(client, frame)
    case 'ctrl':
      return controlled(shell, client, frame)
    case 'stdout':
    case 'stderr':
    case 'status':
    case 'unknown':
      return refuse(client, 'shell/bad_request', `channel ${frame.rawChannelByte} means nothing towards a shell`)
  }
}

function typed(shell: FrameTarget, client: ShellClient, frame: ShellFrame): void {
  if (client.role !== 'writer') return refuse(client, 'shell/forbidden', 'an observer does not write')
  shell.write(client, frame.payload)
}

function resized(shell: FrameTarget, client: ShellClient, frame: ShellFrame): void {
  if (client.role !== 'writer' && shell.sizing === 'writer') {
    return refuse(client, 'shell/forbidden', 'an observer does not resize')
  }
  const size = decodeResize(frame.payload)
  if (!size.ok) return refuse(client, 'shell/bad_request', size.issue)
  shell.resize(client, size.message)
}

function closed(shell: FrameTarget, client: ShellClient, frame: ShellFrame): void {
  if (client.role !== 'writer') return refuse(client, 'shell/forbidden', 'an observer does not close')
  if (client.dialect.halfCloses && halfClosedStream(frame) === 'stdin') return shell.endInput()
  if (!client.dialect.closeKills || frame.payload.length > 0) return
  if (!client.mayKill) return refuse(client, 'shell/forbidden', 'this principal may not kill the shell')
  client.killing = true
  void shell.kill().then(() => client.closeKilled())
}

function acknowledged(client: ShellClient, frame: ShellFrame): void {
  if (!client.extended) return
  const ack = decodeOutputAck(frame.payload)
  if (!ack.ok) return refuse(client, 'shell/bad_request', ack.issue)
  client.acknowledged(ack.message.received, ack.message.consumed)
}

function controlled(shell: FrameTarget, client: ShellClient, frame: ShellFrame): void {
  if (!client.dialect.resumes) return
  const control = decodeClientControl(frame.payload)
  if (!control.ok) return refuse(client, 'shell/bad_request', control.issue)
  if (!client.extended && control.message.type !== 'hello') return
  perform(shell, client, control.message)
}

function perform(shell: FrameTarget, client: ShellClient, control: ClientControl): void {
  switch (control.type) {
    case 'hello':
      return shell.hello(client, control.lease, control.in, control.instance)
    case 'takeover':
      if (!client.mayTakeOver) return refuse(client, 'shell/forbidden', 'this principal may not take the shell over')
      return shell.promote(client)
    case 'detach':
      client.detached = true
      return client.close(SHELL_CLOSE.normal, 'detached')
    case 'signal':
      if (client.role !== 'writer') return refuse(client, 'shell/forbidden', 'an observer does not signal')
      shell.signal(control.name)
      return
    case 'snapshot':
      void shell.snapshot(client)
      return
  }
}

/** Sent where the client understands it; else the frame is as if it had not been sent. */
function refuse(client: ShellClient, code: string, message: string): void {
  client.control({ type: 'error', code, message })
}
