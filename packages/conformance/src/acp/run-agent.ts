import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { ConformanceAgent } from './agent.ts'

/** Runs the agent on pipes, as programs of agents are run. Resolves at the end of the input. */
export async function runAgent(input: Readable, output: Writable): Promise<void> {
  const agent = new ConformanceAgent((line) => output.write(line))
  const lines = createInterface({ input })
  lines.on('line', (line) => agent.line(line))
  await once(lines, 'close')
}
