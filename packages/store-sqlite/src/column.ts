import { fits, type Shape } from '@holdfast/contract/shape'

/**
 * A record cannot be what was written: bytes that are no text, a text that is no JSON, a number that is none. Never an
 * error of the disk, and of one session alone.
 */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord'
}

// A text that starts with a byte order mark is read as it was written.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A column that holds a number. @throws DamagedRecord */
export function numberIn(row: unknown, column: string): number {
  const value = cell(row, column)
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new DamagedRecord(`"${column}" is no number`)
}

/**
 * A column that holds a text and is selected as bytes (`asBytes`), so that what is no text is seen here, and neither
 * mended silently nor decoded by native code, which could end the process.
 * @throws DamagedRecord
 */
export function textIn(row: unknown, column: string): string {
  const value = cell(row, column)
  if (!(value instanceof Uint8Array)) throw new DamagedRecord(`"${column}" is no text`)
  try {
    return decoder.decode(value)
  } catch {
    throw new DamagedRecord(`"${column}" is no valid UTF-8`)
  }
}

/** A column that holds JSON of this shape and is selected as bytes. @throws DamagedRecord */
export function jsonIn<T>(row: unknown, column: string, shape: Shape<T>): T {
  const value = parsed(textIn(row, column), column)
  if (fits(shape, value)) return value
  throw new DamagedRecord(`"${column}" has another form: ${column}${shape(value) ?? ''}`)
}

/** @throws DamagedRecord */
export function parsed(text: string, column: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new DamagedRecord(`"${column}" is no JSON`)
  }
}

/** Columns of text, for a `SELECT`. */
export function asBytes(...columns: readonly string[]): string {
  return columns.map((column) => `CAST(${column} AS BLOB) AS ${column}`).join(', ')
}

function cell(row: unknown, column: string): unknown {
  return typeof row === 'object' && row !== null ? Reflect.get(row, column) : undefined
}
