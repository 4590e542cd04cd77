import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A program in plain JavaScript, of the folder `plain`, that prints its address when it listens. */
export interface PlainProgram {
  readonly url: string
  close(): Promise<void>
}

export async function startPlain(name: string, env: Readonly<Record<string, string>> = {}): Promise<PlainProgram> {
  const program = spawn(process.execPath, [join(import.meta.dirname, 'plain', name)], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(program.stdout, 'data')
  return { url: String(line).trim(), close: () => ended(program) }
}

async function ended(program: ChildProcess): Promise<void> {
  const exited = once(program, 'exit')
  program.kill()
  await exited
}
