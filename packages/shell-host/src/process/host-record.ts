import { chmodSync, linkSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fits } from '@holdfast/contract/shape'
import { writeWhole } from '@holdfast/log/internals'
import { shellError } from '../errors.ts'
import { hostRecord } from '../generated/checks.ts'
import type { HostRecord } from '../generated/types.ts'

export type { HostRecord } from '../generated/types.ts'

/** Both sides speak the same version of what is between them, or not at all. */
export const SHELL_HOST_PROTOCOL = 1

/** Name of the file in the folder. */
const FILE = 'host.json'

/**
 * Makes the folder of a shell host, for its owner alone.
 * @throws `shell/host_failed` where another user could interfere with it
 */
export function privateFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { uid } = lstatSync(folder)
    if (lstatSync(folder).isDirectory() && (process.getuid === undefined || uid === process.getuid())) {
      return chmodSync(folder, 0o700)
    }
  } catch (cause) {
    throw shellError('shell/host_failed', `${folder} cannot be made or opened.`, { cause })
  }
  throw shellError('shell/host_failed', `${folder} has to be a folder of this user's own.`)
}

/** The record in a folder; `undefined` where there is none, or none that can be read. */
export function readRecord(folder: string): HostRecord | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(join(folder, FILE), 'utf8'))
    return fits(hostRecord, read) ? read : undefined
  } catch {
    return undefined
  }
}

/**
 * Takes away a record that cannot be read: empty, cut or zeroed by a loss of power. One that a host has written meanwhile
 * stays.
 * @returns whether there was one
 */
export function dropUnreadable(folder: string): boolean {
  const path = join(folder, FILE)
  const aside = `${path}.unreadable-${process.pid}`
  try {
    if (isReadable(path)) return false
    renameSync(path, aside)
    if (isReadable(aside)) linkSync(aside, path)
    return true
  } catch {
    return false
  } finally {
    rmSync(aside, { force: true, recursive: true })
  }
}

/**
 * Writes the record whole. One that cannot be read counts as not there.
 * @returns false where there is one already: another host was faster
 * @throws `shell/host_failed`, as on a disk that is full
 */
export function writeRecord(folder: string, record: HostRecord): boolean {
  const path = join(folder, FILE)
  dropUnreadable(folder)
  try {
    writeWhole(path, JSON.stringify(record), { how: 'new' })
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    const why = cause instanceof Error ? cause.message : String(cause)
    throw shellError('shell/host_failed', `${path} cannot be written: ${why}.`, { cause })
  }
}

/** What a host has left that ended without a word. */
export function removeLeftovers(folder: string, record: HostRecord): void {
  removeRecord(folder, record)
  rmSync(record.socket, { force: true })
}

/** Removes the record, if it is still this one. */
export function removeRecord(folder: string, { secret }: HostRecord): void {
  if (readRecord(folder)?.secret === secret) rmSync(join(folder, FILE), { force: true })
}

/** Throws where there is none. */
function isReadable(path: string): boolean {
  if (!lstatSync(path).isFile()) return false
  const text = readFileSync(path, 'utf8')
  try {
    return fits(hostRecord, JSON.parse(text))
  } catch {
    return false
  }
}
