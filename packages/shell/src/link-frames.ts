import type { ShellExit, TerminalSize } from '@holdfast/protocol/shell'
import type { ShellFrame } from '@holdfast/shell-framing'
import type { Attachment } from './attachment.ts'
import { ShellSessionError } from './errors.ts'
import type { FrameHandlers } from './frames.ts'
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

/** What the frames of the server mean for the parts of a session. */
export class LinkFrames implements FrameHandlers {
  readonly #parts: SessionParts

  constructor(parts: SessionParts) {
    this.#parts = parts
  }

  output(frame: ShellFrame): void {
    this.#parts.output.frame(frame)
  }

  acknowledged(offset: number): void {
    this.#parts.input.acknowledged(offset)
  }

  gap(to: number): void {
    this.#parts.output.gap(to)
  }

  screen(to: number, bytes: number): void {
    this.#parts.output.screen(to, bytes)
  }

  role(role: 'writer' | 'observer'): void {
    this.#parts.shell.setRole(role)
  }

  resized(size: TerminalSize): void {
    this.#parts.shell.size = size
    this.#parts.events.emit('resized', size)
  }

  exited(exit: ShellExit): void {
    this.#parts.end.exited(exit)
  }

  closed(): void {
    this.#parts.end.closedByServer()
  }

  problem(code: Parameters<FrameHandlers['problem']>[0], what: string): void {
    this.#parts.events.report(new ShellSessionError(code, what))
  }
}
