import { readFileSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'

/** One process as the kernel's table shows it. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** The group in the foreground of its terminal; -1 without one. */
  readonly foreground: number
  /** When it began, in ticks since the system did: another process of the same id began later. */
  readonly startedAt: number
  /** A zombie: it has ended and only waits to be reaped. */
  readonly dead: boolean
}

/** The row of one process, from `/proc/{pid}/stat` (proc(5)). `undefined` where there is none, or no /proc. */
async function processRow(pid: number): Promise<ProcessRow | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  return stat === undefined ? undefined : parseStat(pid, stat)
}

/** When the process of that id began, read at this very moment; `undefined` where there is none. */
export function processStart(pid: number): number | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'))?.startedAt
  } catch {
    return undefined
  }
}

/** Every process that is visible. Empty on systems without /proc. */
export async function processTable(): Promise<ProcessRow[]> {
  const names = await readdir('/proc').catch((): string[] => [])
  const rows: ProcessRow[] = []
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const row = await processRow(Number(name))
    if (row !== undefined) rows.push(row)
  }
  return rows
}

/** Sends a signal to the group in the foreground of a process's terminal; to its own where that cannot be told. */
export async function signalForeground(pid: number, name: NodeJS.Signals, isWanted: () => boolean): Promise<void> {
  const row = await processRow(pid)
  if (!isWanted()) return
  try {
    process.kill(-(row !== undefined && row.foreground > 1 ? row.foreground : pid), name)
  } catch {
    // It ended meanwhile.
  }
}

/** True when the process was started with this variable and value. False where that cannot be read. */
export async function hasEnvironment(pid: number, name: string, value: string): Promise<boolean> {
  const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')
  return `\0${environ}`.includes(`\0${name}=${value}\0`)
}

/** The terminal that a process has as its input or output; `undefined` without one. */
export async function terminalOf(pid: number): Promise<string | undefined> {
  return (await standardFiles(pid)).find((file) => file.startsWith('/dev/pts/'))
}

/** True when the process has the terminal as its input or output, also when the terminal has been closed. */
export async function holdsOpen(pid: number, terminal: string): Promise<boolean> {
  const files = await standardFiles(pid)
  return files.includes(terminal) || files.includes(`${terminal} (deleted)`)
}

function standardFiles(pid: number): Promise<string[]> {
  return Promise.all([0, 1, 2].map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
}

/** `starttime` is field 22 of the line; the fields after the name begin with the third. */
const START_FIELD = 22 - 3

/** The name of the program may hold spaces and brackets: the fields begin after its last `)`. */
function parseStat(pid: number, stat: string): ProcessRow | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group, session, , foreground] = fields
  const startedAt = fields[START_FIELD]
  if (state === undefined || foreground === undefined || startedAt === undefined) return undefined
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    foreground: Number(foreground),
    startedAt: Number(startedAt),
    dead: state === 'Z' || state === 'X',
  }
}
