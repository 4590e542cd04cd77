import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '@holdfast/contract'
import { type ProcessScan, ProcessScans } from './process-scan.ts'
import { PER_TURN, type ProcessRow, processStart, terminalOf } from './process-table.ts'

/** The variable that marks every process of a shell. */
export const SHELL_MARK = 'HOLDFAST_SHELL_ID'

/** Which processes belong together. */
export interface ProcessTree {
  /** The leader: its session is the shell's. `undefined` once it has ended: its id may be another process's by now. */
  readonly pid: number | undefined
  /** The value of {@link SHELL_MARK} in their environment. */
  readonly mark: string
}

/** Where the processes of the system are looked up. */
export interface Processes {
  scan(): Promise<ProcessScan>
  /** When the process of that id began, read at this very moment. */
  startedAt(pid: number): number | undefined
}

/** Options of {@link killTree}. */
export interface KillTreeOptions {
  readonly clock: Clock
  /** How long programs may take to end by themselves. @defaultValue 2000 */
  readonly graceMs?: number | undefined
  /** The signals that ask them to. @defaultValue SIGHUP and SIGCONT, as a terminal that goes away */
  readonly signals?: readonly NodeJS.Signals[] | undefined
  /** Asked before the signals, with the processes noted that are there: what ends by itself need not be signalled. */
  readonly politely?: (() => Promise<void>) | undefined
  /** @defaultValue those of `/proc` */
  readonly processes?: Processes | undefined
}

/** There is one table of processes, and it is looked at for all programs that end at once. */
const SCANS = /* @__PURE__ */ new ProcessScans()
const KERNEL: Processes = { scan: () => SCANS.scan(), startedAt: processStart }
const GRACE_MS = 2_000
const SIGNALS: readonly NodeJS.Signals[] = ['SIGHUP', 'SIGCONT']
const GRACE_POLL_MS = 100
const POLL_MS = 25
const SWEEPS = 40

/**
 * Ends a shell, or another program, and everything it started: SIGHUP and SIGCONT to its groups, `graceMs` to end by themselves, then SIGKILL
 * to every process of its session, carrying its mark, holding its terminal open, or descending from one that does; looked
 * for again until none is left. A process id that another process has got meanwhile is left alone. Out of reach is who
 * left the session, dropped the mark, closed the terminal **and** outlived its parent; and, where the system shows no
 * processes, everybody outside the group of the leader.
 * @returns the process ids that are left, normally none.
 */
export async function killTree(tree: ProcessTree, options: KillTreeOptions): Promise<number[]> {
  const { rows } = await (options.processes ?? KERNEL).scan()
  if (rows.length === 0) return tree.pid === undefined ? [] : endGroup(tree.pid, options)
  const terminal = tree.pid === undefined ? undefined : await holdTerminal(tree.pid)
  try {
    return await endAll(tree, { mark: tree.mark, terminal: terminal?.path }, options)
  } finally {
    await terminal?.handle.close()
  }
}

async function endAll(tree: ProcessTree, traits: Traits, options: KillTreeOptions): Promise<number[]> {
  const { clock, processes = KERNEL, signals = SIGNALS } = options
  const known: Known = new Map(tree.pid === undefined ? [] : [[tree.pid, processes.startedAt(tree.pid)]])
  const look = async (): Promise<ProcessRow[]> => members(await processes.scan(), traits, known)
  if (options.politely !== undefined) {
    await look()
    await options.politely()
  }
  for (const group of new Set((await look()).map((row) => row.group))) for (const name of signals) send(-group, name)
  const deadline = clock.now() + (options.graceMs ?? GRACE_MS)
  while (clock.now() < deadline && (await look()).length > 0) await sleep(clock, GRACE_POLL_MS)
  let left: ProcessRow[] = []
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    left = await look()
    if (left.length === 0) return []
    for (const row of left) if (processes.startedAt(row.pid) === row.startedAt) send(row.pid, 'SIGKILL')
    await sleep(clock, sweep === 0 ? 2 : POLL_MS)
  }
  return left.map((row) => row.pid)
}

/** Where nothing is known but the leader's own group. */
async function endGroup(pid: number, options: KillTreeOptions): Promise<number[]> {
  const { clock, graceMs = GRACE_MS, signals = SIGNALS } = options
  await options.politely?.()
  for (const name of signals) send(-pid, name)
  const deadline = clock.now() + graceMs
  while (clock.now() < deadline && send(-pid, 0)) await sleep(clock, GRACE_POLL_MS)
  for (let sweep = 0; sweep < SWEEPS && send(-pid, 'SIGKILL'); sweep++) await sleep(clock, POLL_MS)
  return send(-pid, 0) ? [pid] : []
}

/**
 * The leader's terminal, held open: until it is released, the kernel gives its name to no other terminal, so a process that has
 * that name open is of this tree.
 */
async function holdTerminal(pid: number): Promise<{ readonly path: string; readonly handle: FileHandle } | undefined> {
  const path = terminalOf(pid)
  if (path === undefined) return undefined
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK
  const handle = await open(path, flags).catch(() => undefined)
  if (handle === undefined) return undefined
  // Still the leader's, so it was not another one of that name that was opened.
  if (terminalOf(pid) === path) return { path, handle }
  await handle.close()
  return undefined
}

/** What gives a process away that has left the session. */
interface Traits {
  readonly mark: string
  readonly terminal: string | undefined
}

/** Process ids and when each of them began; `undefined`: it had ended by then. */
type Known = Map<number, number | undefined>

/** The living members of a tree. `known` remembers sessions and parents across scans, for those who moved on. */
async function members(scan: ProcessScan, traits: Traits, known: Known): Promise<ProcessRow[]> {
  for (const row of scan.rows) if (known.has(row.pid) && known.get(row.pid) !== row.startedAt) known.delete(row.pid)
  const found: ProcessRow[] = []
  for (const [at, row] of scan.rows.entries()) {
    if (at % PER_TURN === PER_TURN - 1) await nextTurn()
    if (row.pid === process.pid) continue
    if (!known.has(row.session) && !known.has(row.parent) && !givesItselfAway(scan, row.pid, traits)) continue
    // Its children and its own session belong to the tree too. The server's own session never does.
    known.set(row.pid, row.startedAt)
    if (!row.dead) found.push(row)
  }
  return found
}

function givesItselfAway(scan: ProcessScan, pid: number, traits: Traits): boolean {
  if (scan.hasEnvironment(pid, SHELL_MARK, traits.mark)) return true
  return traits.terminal !== undefined && scan.holdsOpen(pid, traits.terminal)
}

/** @returns false without a receiver */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  // Group 0 and 1 would be our own or everybody's.
  if (Math.abs(pid) <= 1) return false
  try {
    return process.kill(pid, signal)
  } catch {
    // It has ended by itself.
    return false
  }
}

function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve))
}
