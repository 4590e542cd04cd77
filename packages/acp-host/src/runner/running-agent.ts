import { fits } from '@holdfast/contract/shape'
import { acpProgramNote } from '../generated/checks.ts'
import type { AcpProgramNote } from '../generated/types.ts'
import type { AgentProgram } from '../programs/agent-programs.ts'
import type { ReadyAgent } from '../session/session-agent.ts'
import { LineEnds } from './line-ends.ts'
import { LineReader } from './line-reader.ts'
import { RunnerWrites } from './runner-writes.ts'

/** What is known of a program while it runs. */
export class RunningAgent {
  readonly program: AgentProgram
  readonly reader: LineReader
  readonly ends: LineEnds
  readonly own: RunnerWrites
  readonly sessions: Set<string> = new Set<string>()
  ready: ReadyAgent | undefined
  isRead = false
  rubbish = 0
  /** It is being ended, for this reason. */
  failure: string | undefined
  /** Resolves when it has ended. */
  readonly over: Promise<void>
  isOver: () => void = () => {}

  constructor(program: AgentProgram, maxLineBytes: number) {
    this.program = program
    this.over = new Promise((resolve) => {
      this.isOver = resolve
    })
    this.own = new RunnerWrites(program)
    this.reader = new LineReader(maxLineBytes)
    this.ends = new LineEnds((offset) => program.acknowledge(offset))
  }

  /** Takes over what an earlier server has left beside it. @returns the sessions that it has */
  noted(): readonly string[] {
    const { initialized, sessions } = readNote(this.program.state.note)
    if (initialized !== undefined) this.ready = { program: this.program.state.id, initialized }
    return sessions
  }

  /** Leaves what the next server needs beside it. */
  note(): Promise<void> {
    const note: AcpProgramNote = { initialized: this.ready?.initialized, sessions: [...this.sessions] }
    return this.program.note(JSON.stringify(note))
  }
}

function readNote(text: string | undefined): AcpProgramNote {
  try {
    const note: unknown = JSON.parse(text ?? '{}')
    if (fits(acpProgramNote, note)) return note
  } catch {
    // As if there were none.
  }
  return { sessions: [] }
}
