import type { Clock } from '@holdfast/contract'

/** What is started. */
export interface ProgramSpec {
  /** One program of a name runs at a time. */
  readonly name: string
  /** The program and its arguments. */
  readonly command: readonly string[]
  readonly cwd: string
  /** The whole environment; the mark by which its processes are found is added. */
  readonly env: Readonly<Record<string, string>>
}

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null
  readonly signal: string | null
  /** The end of what it wrote to stderr, as it wrote it. */
  readonly stderr: string
}

/** What is known of a program. */
export interface ProgramState {
  /** Another one for each life of a program. */
  readonly id: string
  readonly name: string
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** What {@link AgentProgram.note} kept. */
  readonly note?: string | undefined
  /** For each lane the number of the last line that was written. */
  readonly lanes: readonly (readonly [lane: string, seq: number])[]
  /** Offset of the first byte of stdout that is still there: everything before was acknowledged. */
  readonly from: number
}

/** Who reads a program's stdout. */
export interface ProgramSink {
  /** In order and without holes; `offset` is that of the first byte. */
  output(bytes: Uint8Array, offset: number): void
  /** After the last byte. */
  ended(end: ProgramEnd): void
  /** What has the program is gone, and so is the program. */
  lost(error: unknown): void
}

/**
 * A program on pipes that outlives its reader. Its stdout is kept from what was acknowledged on; where too much is kept,
 * it waits. Lines to its stdin have a lane and a number in it, and are written once.
 */
export interface AgentProgram {
  /** As it was when it was found. */
  readonly state: ProgramState
  /** Reads from an offset that was not acknowledged; another reader takes its place. */
  read(from: number, sink: ProgramSink): void
  /** Everything before this offset was dealt with. */
  acknowledge(offset: number): void
  /**
   * Writes a line, unless its lane has had this number or a later one. Resolves when the program's side has it.
   * @throws `acp/program_ended` where it has no reader any more
   */
  write(lane: string, seq: number, line: string): Promise<void>
  /** Keeps a text beside the program, for a later reader. */
  note(text: string): Promise<void>
  /** The end of what it wrote to stderr. */
  stderr(): Promise<string>
  /**
   * Ends it and everything it started: its stdin is closed, then SIGTERM, then SIGKILL, each after 5 s at most.
   * @returns the process ids that are left, normally none
   */
  end(): Promise<readonly number[]>
}

/** Programs that outlive their users. */
export interface AgentPrograms {
  /** The program of a name, running or ended and not yet forgotten. */
  find(name: string): Promise<AgentProgram | undefined>
  /** Starts a program in the place of one that has ended. @throws `acp/start_failed` */
  start(spec: ProgramSpec): Promise<AgentProgram>
  /** Releases all programs; they run on where they outlive this process. Idempotent. */
  close(): Promise<void>
}

/** Which processes a program is. */
export interface ProcessTree {
  /** `undefined` once the first one has ended. */
  readonly pid: number | undefined
  readonly mark: string
}

/** How {@link ProcessTools.endTree} goes about it. */
export interface EndTreeOptions {
  readonly clock: Clock
  /** Time between the signals and SIGKILL. */
  readonly graceMs: number
  readonly signals: readonly NodeJS.Signals[]
  /** Asked first, with the processes noted that are there: what ends by itself need not be signalled. */
  readonly politely?: (() => Promise<void>) | undefined
}

/** What knows the processes of the system. */
export interface ProcessTools {
  /** The variable that marks every process of a program. */
  readonly markName: string
  /** Ends all processes of a tree. @returns those that are left */
  endTree(tree: ProcessTree, options: EndTreeOptions): Promise<readonly number[]>
}
