import type { LogFields, Logger } from '@holdfast/contract'
import { printable } from './printable.ts'

/** One recorded line. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields | undefined
}

/** A logger that keeps its lines. */
export interface RecordingLogger extends Logger {
  readonly lines: readonly LogLine[]
  /** Lines that were dropped, the oldest first, because there were more than `maxLines`. */
  readonly dropped: number
  /** Everything as one text, one line each, with fields, errors and their causes: search it for what must not be there. */
  text(): string
}

/** Enough for any test; a test that logs more has a loop. */
const DEFAULT_MAX_LINES = 100_000

/** Keeps the last `maxLines` lines. @defaultValue `maxLines` 100,000 */
export function recordingLogger(options: { readonly maxLines?: number | undefined } = {}): RecordingLogger {
  const { maxLines = DEFAULT_MAX_LINES } = options
  const lines: LogLine[] = []
  let dropped = 0
  const keep =
    (level: LogLine['level']) =>
    (message: string, fields?: LogFields): void => {
      lines.push({ level, message, fields })
      if (lines.length > maxLines) {
        lines.shift()
        dropped += 1
      }
    }
  return {
    lines,
    get dropped() {
      return dropped
    },
    debug: keep('debug'),
    info: keep('info'),
    warn: keep('warn'),
    error: keep('error'),
    text: () => lines.map(textOf).join('\n'),
  }
}

function textOf({ level, message, fields }: LogLine): string {
  return fields === undefined ? `${level} ${message}` : `${level} ${message} ${printable(fields)}`
}
