import { environmentValues, type ProcessRow, processTable, standardFiles } from './process-table.ts'

/** The processes of the system as they were at one time. What is asked of one of them is read once. */
export class ProcessScan {
  /** By id. */
  readonly rows: readonly ProcessRow[]
  readonly #marks = new Map<number, readonly string[]>()
  readonly #files = new Map<number, readonly string[]>()

  constructor(rows: readonly ProcessRow[]) {
    this.rows = rows.toSorted((a, b) => a.pid - b.pid)
  }

  /** True when the process was started with this variable and value. False where that cannot be read. */
  hasEnvironment(pid: number, name: string, value: string): boolean {
    return read(this.#marks, pid, () => environmentValues(pid, name)).includes(value)
  }

  /** True when the process has the terminal as its input or output, also when the terminal has been closed. */
  holdsOpen(pid: number, terminal: string): boolean {
    const files = read(this.#files, pid, () => standardFiles(pid))
    return files.includes(terminal) || files.includes(`${terminal} (deleted)`)
  }
}

/**
 * Lists the processes of the system for all callers: calls during one listing share the next one,
 * which begins after it has asked. So the end of many programs at once costs little more than that of one.
 */
export class ProcessScans {
  readonly #table: () => Promise<readonly ProcessRow[]>
  #running: Promise<unknown> | undefined
  #next: Promise<ProcessScan> | undefined

  constructor(table: () => Promise<readonly ProcessRow[]> = processTable) {
    this.#table = table
  }

  scan(): Promise<ProcessScan> {
    if (this.#running === undefined) return this.#begin()
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      return this.#begin()
    })
    return this.#next
  }

  #begin(): Promise<ProcessScan> {
    const scan = this.#table().then((rows) => new ProcessScan(rows))
    const ended = (): void => {
      if (this.#running === running) this.#running = undefined
    }
    const running: Promise<unknown> = scan.then(ended, ended)
    this.#running = running
    return scan
  }
}

/** One variable of the environment is asked for: that of a shell's mark. */
function read(known: Map<number, readonly string[]>, pid: number, look: () => readonly string[]): readonly string[] {
  const found = known.get(pid) ?? look()
  known.set(pid, found)
  return found
}
