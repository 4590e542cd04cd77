import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { exitCodeOf } from './child-exit.ts'
import { notStarted } from './local-program.ts'
import type { Task } from './tracker-api.ts'

/** The system takes 128 KiB in one variable; the whole description is on standard input. */
const MAX_VARIABLE_CHARS = 30_000
/** Time for a command to end after it was asked to stop. */
const STOP_MS = 2_000

/** The input of a command, and where its output goes. */
export interface TaskRun {
  readonly task: Task
  readonly command: readonly string[]
  /** Ends the command and everything that it started. */
  readonly signal: AbortSignal
  /** Resolves when more is wanted. */
  readonly onOutput: (stream: 'stdout' | 'stderr', text: string) => Promise<void>
}

/**
 * Runs a command for a task, with the task on its standard input (title, empty line, description) and in `TASK_ID`,
 * `TASK_TITLE`, `TASK_DESCRIPTION`, `TASK_PROJECT`, `TASK_ASSIGNEE`, `TASK_CREATED_BY`. No shell sees any of it.
 * @returns the exit code @throws UserError where it cannot be started
 */
export async function runTask({ task, command: [file = '', ...args], signal, onOutput }: TaskRun): Promise<number> {
  // A group of its own, so that Ctrl+C here reaches it once, and its children too.
  const child = spawn(file, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...variablesOf(task) },
  })
  await once(child, 'spawn').catch((error: unknown) => {
    throw notStarted(file, error)
  })
  const stop = (): void => void end(child)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    child.stdin?.on('error', () => {})
    child.stdin?.end(`${task.title}\n${task.description === '' ? '' : `\n${task.description}\n`}`)
    const streams = (['stdout', 'stderr'] as const).map(async (stream) => {
      child[stream]?.setEncoding('utf8')
      for await (const text of child[stream] ?? []) await onOutput(stream, String(text))
    })
    const [code, killedBy] = await once(child, 'close')
    await Promise.all(streams)
    return exitCodeOf(code, killedBy)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

async function end(child: ChildProcess): Promise<void> {
  killGroup(child, 'SIGTERM')
  await pause(STOP_MS, undefined, { ref: false })
  if (child.exitCode === null && child.signalCode === null) killGroup(child, 'SIGKILL')
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal)
  } catch {
    // It is gone already.
  }
}

function variablesOf({ id, title, description, project_id, assignee, created_by }: Task): NodeJS.ProcessEnv {
  const given = {
    TASK_ID: id,
    TASK_TITLE: title,
    TASK_DESCRIPTION: description,
    TASK_PROJECT: project_id,
    TASK_ASSIGNEE: assignee,
    TASK_CREATED_BY: created_by,
  }
  // A variable cannot have a NUL.
  const safe = (text: string): string => text.replaceAll('\0', '').slice(0, MAX_VARIABLE_CHARS)
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, safe(value ?? '')]))
}
