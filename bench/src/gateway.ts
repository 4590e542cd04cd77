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
  stop(): Promise<void>
}

/** Starts one and waits until it listens. */
export async function startGateway(args: readonly string[]): Promise<Gateway> {
  const main = fileURLToPath(new URL('../../../apps/gateway/dist/main.js', import.meta.url))
  const tokens = TOKENS.flatMap((token) => ['--token', `${token}=${token}`])
  const fixed = ['--json', '--port', '0', '--shell', 'none', ...tokens]
  const child = spawn(process.execPath, [main, ...fixed, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const { url, pid } = JSON.parse(String(line))
  return { pid, port: Number(new URL(url).port), stop: () => ended(child) }
}

async function ended(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
