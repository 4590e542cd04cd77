/** The header of a recording of a terminal. */
export interface CastHeader {
  /** Of the terminal, in character cells. */
  readonly width: number
  readonly height: number
  /** Milliseconds since 1970. */
  readonly startedAt?: number | undefined
  readonly title?: string | undefined
  readonly command?: string | undefined
  /** What `TERM` was. */
  readonly terminal?: string | undefined
  /** Pauses longer than this are cut to it when played. In milliseconds. */
  readonly idleLimitMs?: number | undefined
}

/** What happened at a terminal, and when. */
export interface CastEvent {
  /** Since the beginning. */
  readonly atMs: number
  /** `resize`: its text is `90x30`. `exit`: the exit code. */
  readonly kind: 'output' | 'input' | 'resize' | 'marker' | 'exit'
  readonly text: string
}

const CODES = { output: 'o', input: 'i', resize: 'r', marker: 'm', exit: 'x' } as const
const MAX_LINE = 16_777_216

/** The first line of a recording (asciicast v3), with its end. */
export function encodeCastHeader(header: CastHeader): string {
  const { width: cols, height: rows, startedAt, title, command, terminal, idleLimitMs } = header
  return `${JSON.stringify({
    version: 3,
    term: { cols, rows, type: terminal },
    timestamp: startedAt === undefined ? undefined : Math.floor(startedAt / 1_000),
    idle_time_limit: idleLimitMs === undefined ? undefined : idleLimitMs / 1_000,
    command,
    title,
  })}\n`
}

/** A line of a recording (asciicast v3), with its end. `afterMs`: since the event before. */
export function encodeCastEvent(afterMs: number, kind: CastEvent['kind'], text: string): string {
  return `[${(afterMs / 1_000).toFixed(3)}, "${CODES[kind]}", ${JSON.stringify(text)}]\n`
}

/**
 * Reads a recording as it arrives: asciicast v3, and v2, whose times count from the beginning. Lines that are not
 * events, and an incomplete last line, are skipped: a recording may end anywhere.
 */
export class CastReader {
  /** Set with the first line. */
  header: CastHeader | undefined
  /** Why it is no recording. */
  issue: string | undefined
  #isRelative = true
  #atMs = 0
  #rest = ''

  /** The events that `text` completes. */
  push(text: string): readonly CastEvent[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    if (this.#rest.length > MAX_LINE) this.issue ??= 'a line is too long'
    return this.issue === undefined ? lines.flatMap((line) => this.#line(line) ?? []) : []
  }

  #line(line: string): CastEvent | undefined {
    if (line.startsWith('#') && this.header !== undefined) return undefined
    const value = parsed(line)
    if (this.header === undefined) {
      this.#begin(value)
      return undefined
    }
    if (!Array.isArray(value)) return undefined
    const [time, code, data]: readonly unknown[] = value
    const kind = kindOf(code)
    if (typeof time !== 'number' || !(time >= 0) || typeof data !== 'string') return undefined
    this.#atMs = this.#isRelative ? this.#atMs + time * 1_000 : time * 1_000
    return kind === undefined ? undefined : { atMs: Math.round(this.#atMs), kind, text: data }
  }

  #begin(value: unknown): void {
    if (this.issue !== undefined) return
    const fields = fieldsOf(value)
    const { version } = fields
    const { cols, rows, type } =
      version === 2 ? { cols: fields['width'], rows: fields['height'] } : fieldsOf(fields['term'])
    if ((version !== 2 && version !== 3) || !isCells(cols) || !isCells(rows)) {
      this.issue = 'expected a recording of a terminal: asciicast version 3 or 2'
      return
    }
    this.#isRelative = version === 3
    const { timestamp, title, command, idle_time_limit: limit } = fields
    this.header = {
      ...{ width: cols, height: rows, title: textOf(title), command: textOf(command), terminal: textOf(type) },
      startedAt: typeof timestamp === 'number' ? timestamp * 1_000 : undefined,
      idleLimitMs: typeof limit === 'number' && limit > 0 ? limit * 1_000 : undefined,
    }
  }
}

/** The size in an event of kind `resize`; `undefined` where there is none. */
export function castSize(text: string): { readonly width: number; readonly height: number } | undefined {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/.exec(text) ?? []
  const size = { width: Number(width), height: Number(height) }
  return isCells(size.width) && isCells(size.height) ? size : undefined
}

function kindOf(code: unknown): CastEvent['kind'] | undefined {
  switch (code) {
    case 'o':
      return 'output'
    case 'i':
      return 'input'
    case 'r':
      return 'resize'
    case 'm':
      return 'marker'
    case 'x':
      return 'exit'
    default:
      return undefined
  }
}

function isCells(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return { ...Object(value) }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
