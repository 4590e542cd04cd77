import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Starts the other side of a comparison, in a process of its own (`streams-peer.ts`). */
export async function start(kind: string, ...rest: readonly string[]): Promise<{ url: string; child: ChildProcess }> {
  const child = fork(fileURLToPath(new URL('streams-peer.mjs', import.meta.url)), [kind, ...rest], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    ...(process.env['STREAMS_PEER_ARGV'] === undefined ? {} : { execArgv: [process.env['STREAMS_PEER_ARGV']] }),
  })
  const [{ url }] = await once(child, 'message')
  return { url, child }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
