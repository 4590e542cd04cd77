import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** A gateway that somebody has logged in to. */
export interface Context {
  readonly name: string
  readonly url: string
  /** Absent where the gateway wants none. */
  readonly token?: string | undefined
}

/** Every gateway that somebody has logged in to, and the one that is meant where none is named. */
export interface Contexts {
  readonly current: string | undefined
  readonly all: readonly Context[]
}

const NONE: Contexts = { current: undefined, all: [] }
/** For their owner alone: they have tokens in them. */
const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/** Where contexts are kept: in the folder for settings of this user (XDG). */
export function contextsFile(environment: NodeJS.ProcessEnv = process.env): string {
  const settings = environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config')
  return join(settings, 'holdfast', 'contexts.json')
}

/** Reads them. A file that is missing or damaged has none. */
export function readContexts(file: string = contextsFile()): Contexts {
  try {
    const { current, contexts }: { readonly [name: string]: unknown } = {
      ...Object(JSON.parse(readFileSync(file, 'utf8'))),
    }
    const all = Array.isArray(contexts) ? contexts.map(contextIn).filter((one) => one !== undefined) : []
    return { all, current: all.find(({ name }) => name === current)?.name }
  } catch {
    return NONE
  }
}

function contextIn(value: unknown): Context | undefined {
  const { name, url, token }: { readonly [name: string]: unknown } = { ...Object(value) }
  if (typeof name !== 'string' || typeof url !== 'string') return undefined
  return { name, url, ...(typeof token === 'string' ? { token } : {}) }
}

/** Writes all of them or, after a power cut, none: the file is whole at any time, and its owner's alone. */
export function writeContexts({ current, all }: Contexts, file: string = contextsFile()): void {
  mkdirSync(dirname(file), { recursive: true, mode: FOLDER_MODE })
  const part = `${file}.${process.pid}`
  try {
    const descriptor = openSync(part, 'w', FILE_MODE)
    writeSync(descriptor, `${JSON.stringify({ current, contexts: all }, undefined, 2)}\n`)
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(part, file)
  } finally {
    rmSync(part, { force: true })
  }
}

/** With this one, in the place of another one of that name, as the current one. */
export function withContext({ all }: Contexts, context: Context): Contexts {
  return { current: context.name, all: [...all.filter(({ name }) => name !== context.name), context] }
}

/** Without it. The current one is then, if it was that, none. */
export function withoutContext({ current, all }: Contexts, name: string): Contexts {
  return { current: current === name ? undefined : current, all: all.filter((one) => one.name !== name) }
}
