import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '@holdfast/contract'
import { shellError } from '../errors.ts'
import { type HostRecord, readRecord } from './host-record.ts'

/** A program that is loaded and a socket that is opened: seconds on a busy machine, never minutes. */
const START_MS = 30_000
const POLL_MS = 20
/** As much as its record and first words need. */
const ROOM_BYTES = 4_096
/** Of what it said before it failed. */
const MAX_LOG_END = 400
/** What a Node program may need of its surroundings. Settings and secrets of the gateway stay behind. */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH']

/**
 * Starts a shell host that outlives this process: in a session of its own, with its folder as its only tie. Resolves when
 * it has said where it answers.
 * @throws `shell/host_failed`
 */
export async function startShellHost(folder: string, command: readonly string[], clock: Clock): Promise<HostRecord> {
  const log = join(folder, 'host.log')
  const child = spawned(command, log)
  const deadline = clock.now() + START_MS
  while (clock.now() < deadline) {
    const record = readRecord(folder)
    if (record !== undefined) return record
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) break
    await new Promise<void>((resolve) => void clock.after(POLL_MS, resolve))
  }
  child.kill('SIGKILL')
  const logEnd = endOfLog(log)
  throw shellError('shell/host_failed', `The process for shells did not start${logEnd === '' ? '' : `: ${logEnd}`}.`)
}

function spawned([file = '', ...args]: readonly string[], log: string): ChildProcess {
  const env = Object.fromEntries(INHERITED.map((name) => [name, process.env[name]]))
  // Of its own: a reader of the gateway's output must not wait for the host's end.
  const output = opened(log)
  try {
    const child = spawn(file, args, { detached: true, cwd: '/', env, stdio: ['ignore', 'ignore', output] })
    child.on('error', () => {})
    child.unref()
    return child
  } finally {
    closeSync(output)
  }
}

function opened(log: string): number {
  try {
    // To its end, wherever that is: rotation cuts logs while they are written.
    const output = openSync(log, 'a', 0o600)
    try {
      // On a disk that is full the host could not even say so.
      writeSync(output, Buffer.alloc(ROOM_BYTES))
      ftruncateSync(output)
      return output
    } catch (cause) {
      closeSync(output)
      throw cause
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw shellError('shell/host_failed', `The log of the process for shells cannot be written: ${why}.`, { cause })
  }
}

function endOfLog(log: string): string {
  try {
    return readFileSync(log, 'utf8').trim().replace(/\.$/, '').slice(-MAX_LOG_END)
  } catch {
    return ''
  }
}
