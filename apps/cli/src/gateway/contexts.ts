import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fits, isObject } from '@holdfast/contract/shape'
import { writeWhole } from '@holdfast/log/internals'
import { context, storedContexts } from '../generated/checks.ts'
import type { Context } from '../generated/types.ts'

/** Every gateway with a stored login, and the one that is meant where none is named. */
export interface Contexts {
  readonly current: string | undefined
  readonly all: readonly Context[]
  /** What of the file does not fit, with its place: passed over, and kept. @defaultValue nothing */
  readonly issues?: readonly string[] | undefined
  /** What of the file is not ours to know. @defaultValue nothing */
  readonly kept?: KeptParts | undefined
}

/** Parts of the file that are written again as they were read. */
interface KeptParts {
  readonly members: Readonly<Record<string, unknown>>
  readonly contexts: readonly unknown[]
}

const NONE: Contexts = { current: undefined, all: [] }
/** For their owner alone: they have tokens in them. */
const FOLDER_MODE = 0o700

/** Where contexts are kept: in the folder for settings of this user (XDG). */
export function contextsFile(environment: NodeJS.ProcessEnv = process.env): string {
  const settings = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config')
  return join(settings, 'holdfast', 'contexts.json')
}

/** Reads them. What does not fit is skipped, reported in `issues`, and kept by the next {@link writeContexts}. */
export function readContexts(file: string = contextsFile()): Contexts {
  const text = textOf(file)
  if (text.trim() === '') return NONE
  const whole = parsed(text)
  if (!isObject(whole))
    return { ...NONE, issues: [`${file}: expected an object as JSON; it is kept when it is replaced`] }
  const { current, contexts, ...members } = whole
  const list = Array.isArray(contexts) ? contexts : []
  const all = list.filter((one) => fits(context, one))
  const issue = storedContexts(whole)
  const issues = list.map((one, at) => context(one) && `${file}: contexts[${at}]${context(one)}`)
  return {
    ...{ all, current: all.find(({ name }) => name === current)?.name },
    issues: [issue && `${file}${issue}`, ...issues].filter((one) => one !== undefined),
    kept: { members, contexts: list.filter((one) => !fits(context, one)) },
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Writes all of them or, after a power cut, none: the file is whole at any time, and its owner's alone. One that cannot be
 * read is kept beside it, as `.damaged`.
 */
export function writeContexts({ current, all, kept }: Contexts, file: string = contextsFile()): void {
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE })
  const before = textOf(file)
  const isDamaged = before.trim() !== '' && !isObject(parsed(before))
  if (isDamaged) writeWhole(`${file}.damaged`, before)
  const whole = { ...kept?.members, current, contexts: [...all, ...(kept?.contexts ?? [])] }
  writeWhole(file, `${JSON.stringify(whole, undefined, 2)}\n`)
}

/** With this one, in the place of another one of that name, as the current one. */
export function withContext(contexts: Contexts, one: Context): Contexts {
  return { ...contexts, current: one.name, all: [...contexts.all.filter(({ name }) => name !== one.name), one] }
}

/** Without it. The current one is then, if it was that, none. */
export function withoutContext(contexts: Contexts, name: string): Contexts {
  const current = contexts.current === name ? undefined : contexts.current
  return { ...contexts, current, all: contexts.all.filter((one) => one.name !== name) }
}
