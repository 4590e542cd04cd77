import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** New sessions of one principal are limited: several share what is asked for. */
export const TOKENS = ['a', 'b', 'c', 'd', 'e', 'f'] as const

/** A gateway as it is shipped, in a process of its own. */
export interface Gateway {
  readonly pid: number
  readonly port: number
  /** The process, for one that is started as observed: it answers what `observed.ts` is asked. */
  readonly process: ChildProcess
  /** A signal that it handles, unless another is named. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

const loaded = (name: string): string[] => ['--import', fileURLToPath(new URL(`./${name}.mjs`, import.meta.url))]

/** How a process is started whose memory and event loop are measured. */
export const OBSERVED: readonly string[] = ['--expose-gc', ...loaded('observed')]

/** Starts one and waits until it listens. */
export async function startGateway(
  args: readonly string[],
  { tokens: names = TOKENS, isObserved = false }: { tokens?: readonly string[]; isObserved?: boolean } = {},
): Promise<Gateway> {
  const main = fileURLToPath(new URL('../../../apps/gateway/dist/main.js', import.meta.url))
  const tokens = names.flatMap((token) => ['--token', `${token}=${token}`])
  const fixed = ['--json', '--port', '0', '--shell', 'none', ...tokens]
  const child = spawn(process.execPath, [...(isObserved ? OBSERVED : loaded('leash')), main, ...fixed, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  if (child.stdout === null) throw new Error('expected its output')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { url, pid } = JSON.parse(String(line))
  return { pid, port: Number(new URL(url).port), process: child, stop: (signal = 'SIGTERM') => ended(child, signal) }
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
}
