import { readFileSync, readlinkSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * So many processes are read between two turns of the event loop. The kernel writes these files as they are read: to wait
 * for them in a thread costs five times what reading them does.
 */
export const PER_TURN = 64

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
function processRow(pid: number): ProcessRow | undefined {
  try {
    return parseStat(pid, readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return undefined
  }
}

/** Sends a signal to the group in the foreground of a process's terminal; to its own where that is unknown. */
export function signalForeground(pid: number, name: NodeJS.Signals): void {
  const row = processRow(pid)
  try {
    process.kill(-(row !== undefined && row.foreground > 1 ? row.foreground : pid), name)
  } catch {
    // It has ended.
  }
}

/** When the process of that id began, read at this very moment; `undefined` where there is none. */
export function processStart(pid: number): number | undefined {
  return processRow(pid)?.startedAt
}

/** Every process that is visible. Empty on systems without /proc. */
export async function processTable(): Promise<ProcessRow[]> {
  const names = await readdir('/proc').catch((): string[] => [])
  const rows: ProcessRow[] = []
  for (const [at, name] of names.entries()) {
    if (at % PER_TURN === PER_TURN - 1) await nextTurn()
    if (!/^\d+$/.test(name)) continue
    const row = processRow(Number(name))
    if (row !== undefined) rows.push(row)
  }
  return rows
}

/** What the process was started with under this name. Nothing where that cannot be read. */
export function environmentValues(pid: number, name: string): readonly string[] {
  try {
    const before = `${name}=`
    const all = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
    return all.filter((one) => one.startsWith(before)).map((one) => one.slice(before.length))
  } catch {
    return []
  }
}

/** The terminal that a process has as its input or output; `undefined` without one. */
export function terminalOf(pid: number): string | undefined {
  return standardFiles(pid).find((file) => file.startsWith('/dev/pts/'))
}

/** What a process has as input, output and error output. */
export function standardFiles(pid: number): string[] {
  return [0, 1, 2].map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      return ''
    }
  })
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
