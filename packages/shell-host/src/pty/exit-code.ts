import { constants } from 'node:os'
import type { PtyExit } from './pty.ts'

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(constants.signals).map(([name, n]) => [n, name]))

/** An exit by signal number: the code that a shell would show, 128+n. */
export function exitBySignal(signal: number): PtyExit {
  return { code: 128 + signal, signal: NAMES.get(signal) ?? `SIG${signal}` }
}

/** What Node's child process reports about an end. */
export function exitOf(code: number | null, signal: NodeJS.Signals | null): PtyExit {
  if (signal !== null) return exitBySignal(constants.signals[signal])
  return { code: code === null ? null : code & 0xff }
}
