import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { unreachable } from '../errors.ts'

/** A client that is checked: it reads lines, and writes lines. */
export interface ClientProgram {
  /** Writes a line to it. */
  write(line: string): void
  /** Ends it. */
  close(): Promise<void>
}

/** Starts a client. `reported`: called with each line that it writes; `ended`: when it will write no more. */
export type StartClient = (
  environment: Readonly<Record<string, string>>,
  reported: (line: string) => void,
  ended: (reason: string) => void,
) => ClientProgram

/** A client that is a program: lines are those of its standard input and output. Its standard error passes through. */
export function programClient(command: string, args: readonly string[]): StartClient {
  return (environment, reported, ended) => {
    const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['pipe', 'pipe', 'inherit'] })
    child.on('error', ({ message }) => ended(message))
    child.on('close', (code, signal) => ended(`the program exited with ${signal ?? code}`))
    // It may be gone before it has read everything.
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', reported)
    return { write: (line) => child.stdin.write(`${line}\n`), close: () => endProgram(child) }
  }
}

function endProgram(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('close', () => resolve())
    child.kill('SIGKILL')
  })
}

/** Whether there is such a program. @throws `conformance/unreachable` */
export async function probeProgram(start: StartClient): Promise<void> {
  let failure: string | undefined
  const program = start(
    {},
    () => {},
    (reason) => {
      failure = reason
    },
  )
  await new Promise((resolve) => setImmediate(resolve))
  await program.close()
  if (failure?.startsWith('spawn ')) throw unreachable(`the client cannot be started: ${failure}`)
}
