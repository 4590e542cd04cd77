import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT } from '../exit-codes.ts'
import { agentsFolder } from './agent-record.ts'
import { unusableFolder } from './data-folder.ts'

/** Ten minutes without a client, and it ends. */
const IDLE_SECONDS = 600
/** A log that is longer is put aside before it is written on. */
const MAX_LOG_BYTES = 1_048_576
/** Of what a gateway said before it failed. */
const MAX_SAID = 400
/** The one setting of a gateway that is taken over: its others are for one that a person starts. */
const IDLE_VARIABLE = 'HOLDFAST_END_WHEN_IDLE'

/** A gateway that is starting, or runs. */
export interface StartedGateway {
  /** How it ended; `undefined` while it runs. */
  exitCode(): number | undefined
  /** What it said, for people. */
  said(): string
}

/** What the gateway of a data folder has to say. */
export function gatewayLog(data: string): string {
  return join(data, 'gateway.log')
}

/**
 * Starts a gateway on a data folder that outlives this process: in a session of its own, so that what ends an editor and all
 * that it started does not end it. @throws UserError where its log cannot be written
 */
export function startOwnGateway(data: string): StartedGateway {
  const log = gatewayLog(data)
  const { output, from } = opened(data, log)
  let code: number | undefined
  try {
    const child = spawn(process.execPath, [...process.execArgv, ...commandFor(data)], {
      cwd: data,
      detached: true,
      env: environmentFor(process.env),
      stdio: ['ignore', 'ignore', output],
    })
    child.once('exit', (exitCode) => {
      code = exitCode ?? EXIT.failed
    })
    child.once('error', () => {
      code = EXIT.failed
    })
    child.unref()
  } finally {
    closeSync(output)
  }
  return { exitCode: () => code, said: () => saidIn(log, from) }
}

function commandFor(data: string): readonly string[] {
  const [, main = ''] = process.argv
  const place = ['--host', '127.0.0.1', '--port', '0', '--data', data, '--store', 'embedded', '--address-file']
  return [main, 'serve', ...place, '--shell', 'none', '--agents-file', agentsFolder(data), '--json']
}

function environmentFor(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(environment).filter(([name]) => !name.startsWith('HOLDFAST_'))
  return { ...Object.fromEntries(own), [IDLE_VARIABLE]: environment[IDLE_VARIABLE] || String(IDLE_SECONDS) }
}

function opened(data: string, log: string): { readonly output: number; readonly from: number } {
  try {
    const size = statSync(log, { throwIfNoEntry: false })?.size ?? 0
    if (size > MAX_LOG_BYTES) renameSync(log, `${log}.1`)
    const output = openSync(log, 'a', 0o600)
    return { output, from: size > MAX_LOG_BYTES ? 0 : size }
  } catch (cause) {
    throw unusableFolder(data, cause)
  }
}

function saidIn(log: string, from: number): string {
  try {
    return readFileSync(log).subarray(from).toString().trim().slice(-MAX_SAID)
  } catch {
    return ''
  }
}
