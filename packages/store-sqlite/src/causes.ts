import { DamagedRecord } from './column.ts'

/** Why an operation failed: a record of one session, a page of the file, or what the file is on. */
export interface Cause {
  readonly kind: 'record' | 'page' | 'disk'
  /** In words that may be shown to anybody: without paths and contents. */
  readonly words: string
}

/** What is open is in no folder any more. */
export const GONE: Cause = {
  kind: 'disk',
  words: 'the data folder, or a file in it, was removed or replaced: nothing written now would be kept',
}

/** SQLite's primary result codes, and what they mean to the operator of the store. */
const CAUSES: ReadonlyMap<number, Cause> = new Map([
  [5, disk('the file is open in another process')],
  [8, disk('the file or its folder is read-only')],
  [10, disk('the disk does not read or write (input/output error)')],
  [11, page()],
  [13, disk('no space is left: the disk is full, or the file is as large as it may be')],
  [14, disk('a file of the store cannot be opened or created')],
  [26, page()],
])

/** For drivers and errors without a number. */
const TEXTS: readonly (readonly [RegExp, number])[] = [
  [/malformed|corrupt/i, 11],
  [/not a database/i, 26],
  [/full/i, 13],
  [/readonly|read-only/i, 8],
  [/I\/O/i, 10],
  [/unable to open/i, 14],
]

/** What an error of the driver, or of reading a record, means. */
export function causeOf(error: unknown): Cause {
  if (error instanceof DamagedRecord) return { kind: 'record', words: `a record is damaged: ${error.message}` }
  const message = error instanceof Error ? error.message : String(error)
  // A number that no one of ours wrote: the driver refuses to round it.
  if (codeOf(error, 'code') === 'ERR_OUT_OF_RANGE') return { kind: 'record', words: 'a record is damaged: a number' }
  const number = codeOf(error, 'errcode')
  const known = typeof number === 'number' ? CAUSES.get(number & 0xff) : undefined
  if (known !== undefined) return known
  const text = TEXTS.find(([pattern]) => pattern.test(message))
  return (text && CAUSES.get(text[1])) ?? disk(`the store said: ${message}`)
}

function codeOf(error: unknown, name: 'code' | 'errcode'): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
}

function disk(words: string): Cause {
  return { kind: 'disk', words }
}

function page(): Cause {
  return { kind: 'page', words: 'a page of the file is damaged' }
}
