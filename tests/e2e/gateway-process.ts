import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Names the folder of the bundled programs to the tests. */
export const PROGRAMS = 'HOLDFAST_PROGRAMS'

/** The programs under plain Node: bundled as those are that people install, or as they are built (`HOLDFAST_BUILT=1`). */
export const GATEWAY_MAIN: string = programOf('gateway', '../../apps/gateway/dist/main.js')
export const CLI_MAIN: string = programOf('holdfast', '../../apps/cli/dist/main.js')
/** An agent on the official SDK that does what its prompts say: in one file with the SDK, which is most of what its start takes. */
export const AGENT_FILE: string = programOf('scripted-agent', '../../packages/acp-host/test/support/scripted-agent.mjs')

function programOf(name: string, built: string): string {
  const folder = process.env[PROGRAMS]
  return folder === undefined ? fileURLToPath(new URL(built, import.meta.url)) : join(folder, `${name}.js`)
}

/** With `holdfast` on it, so that what is printed can be typed, whatever else the machine has. */
const PATH = [fileURLToPath(new URL('support/bin', import.meta.url)), process.env['PATH']].join(delimiter)

/** Nothing of the machine's own settings reaches the programs. */
export const CLEAN_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH,
  HOME: process.env['HOME'],
  // Whoever runs the tests may be logged in somewhere. Below this no program can make a folder, not even as root.
  XDG_CONFIG_HOME: '/dev/null/none',
  SHELL: '/bin/sh',
  TERM: 'xterm-256color',
}

/** How a program ended, and everything that it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** What runs now, so that a run of tests that is broken off leaves nothing behind. */
const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a built program with its output collected. */
export function run(main: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [main, ...args], { env: { ...CLEAN_ENVIRONMENT, ...environment } })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = once(child, 'close').then(([code, signal]): Ended => ({ code, signal, stdout, stderr }))
  return { child, ended }
}

/** A gateway that listens. */
export interface GatewayProcess extends Running {
  readonly url: string
  readonly port: number
  stop(signal: NodeJS.Signals): Promise<Ended>
}

/** Starts a gateway and waits for the line that says where it listens. */
export async function startGateway(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<GatewayProcess> {
  const gateway = run(GATEWAY_MAIN, ['--json', ...args], environment)
  const { child, ended } = gateway
  if (child.stdout === null) throw new Error('expected an output')
  const first = once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line))
  const line = await Promise.race([
    first,
    ended.then(({ stderr, code, signal }) => Promise.reject(new Error(`${stderr}(${signal ?? code})`))),
  ])
  const { event, url, pid } = JSON.parse(line)
  if (event !== 'listening' || pid !== child.pid) throw new Error(`expected to listen, got ${line}`)
  const stop = (signal: NodeJS.Signals): Promise<Ended> => {
    child.kill(signal)
    return ended
  }
  return { ...gateway, url, port: Number(new URL(url).port), stop }
}
