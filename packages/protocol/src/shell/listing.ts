import type { Decoded } from '@holdfast/contract'
import { array, boolean, count, maybeNumber, object, oneOf, optional, parseWith, type Shape, text } from '../shape.ts'

/** What may be done with a shell besides observing it. */
export type ShellPermission = 'write' | 'takeover' | 'kill'

/** One shell that whoever asks may see. */
export interface ShellListing {
  readonly shellId: string
  readonly sessionId: string
  /** The program and its arguments, cut after 200 characters; empty where it is not known. */
  readonly program: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly running: boolean
  /** Absent while it runs; `null` where nobody knows. */
  readonly exitCode?: number | null | undefined
  /** Somebody writes to it. */
  readonly hasWriter: boolean
  /** Its clients, the writer among them. */
  readonly attached: number
  /** Everything that it has printed. */
  readonly outputBytes: number
  readonly may: readonly ShellPermission[]
}

/** The answer to `GET /shells` without a `shellId`: an addition to the protocol. */
export interface ShellList {
  /** The newest first. */
  readonly shells: readonly ShellListing[]
  /** Servers of a cluster that did not answer: their shells are missing here. Absent where all did. */
  readonly unreachable?: number | undefined
  /** There are more shells than the answer has room for. Absent where there are not. */
  readonly more?: boolean | undefined
}

const exitCode: Shape<number | null | undefined> = (value) => (value === null ? undefined : maybeNumber(value))

const listing: Shape<ShellListing> = object<ShellListing>({
  shellId: text,
  sessionId: text,
  program: text,
  startedAt: count,
  running: boolean,
  exitCode,
  hasWriter: boolean,
  attached: count,
  outputBytes: count,
  may: array(oneOf<ShellPermission>('write', 'takeover', 'kill')),
})

const list: Shape<ShellList> = object<ShellList>({
  shells: array(listing),
  unreachable: optional(count),
  more: optional(boolean),
})

/** Reads the answer to `GET /shells`. Never throws. */
export function parseShellList(body: unknown): Decoded<ShellList> {
  return parseWith('body', list, body)
}
