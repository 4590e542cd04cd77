import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { writeWhole } from '@holdfast/log/internals'
import { makeDataFolder, unusableFolder } from './data-folder.ts'

/** Below the data folder: a file for each agent, which its gateway reads. */
const FOLDER = 'agents'

/** Where the agents of a data folder are written down. */
export function agentsFolder(data: string): string {
  return join(data, FOLDER)
}

/** Whether an agent was written down. */
export function hasAgents(data: string): boolean {
  try {
    return readdirSync(agentsFolder(data)).some((name) => name.endsWith('.json'))
  } catch {
    return false
  }
}

/** An agent as an editor names it: by its command alone, or with a name of its own. */
export interface EditorAgent {
  readonly name?: string | undefined
  /** Program and arguments. */
  readonly command: readonly string[]
}

/**
 * Writes an agent down for the gateway of a data folder: its command, and this process's environment, which an editor means
 * for it. The same command is the same agent, with the environment of the latest caller. For its owner alone (0600): there may
 * be keys in it.
 * @returns its name @throws UserError where the folder cannot be written
 */
export function recordAgent(
  data: string,
  { name: given, command }: EditorAgent,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const [program = '', ...args] = command
  // The gateway has a folder of its own.
  const file = program.includes('/') ? resolve(program) : program
  const words = [file, ...args]
  const name = given ?? nameOf(file, words)
  const env = Object.fromEntries(Object.entries(environment).filter(([variable]) => !variable.startsWith('HOLDFAST_')))
  // Programs start in the first; an editor may open any folder that its user may.
  const agent = { name, command: words, env, folders: [homedir(), '/'] }
  const folder = agentsFolder(data)
  makeDataFolder(folder)
  try {
    writeWhole(join(folder, `${name}.json`), `${JSON.stringify({ agents: [agent] }, undefined, 2)}\n`)
  } catch (cause) {
    throw unusableFolder(folder, cause)
  }
  return name
}

function nameOf(file: string, words: readonly string[]): string {
  const called =
    basename(file)
      .replace(/[^a-z0-9._-]/gi, '')
      .slice(0, 40) || 'agent'
  const mark = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 8)
  return `${/^[a-z0-9]/i.test(called) ? '' : 'a'}${called}-${mark}`
}
