import { spawn } from 'node:child_process'
import { TrackerAgent, type TrackerAgentOptions, type TrackerEvent } from '@holdfast/tracker'

/** What the comment shows of a command's output. */
const SHOWN_CHARS = 2_000

/** What a task's title must look like to be run: `run: ls -l`. Everything after the colon goes to a shell. */
const RUN = /^run:\s*(.+)$/s

/**
 * An agent that does tasks: it runs each one's command, streams the output as deltas and comments the result.
 * It runs any command that it gets: attach it only to a tracker whose users may run commands here.
 */
export function commandAgent(options: TrackerAgentOptions): TrackerAgent {
  const agent = new TrackerAgent(options)
  agent.handle(async (event, { signal, key }) => {
    const task = taskOf(event)
    if (task === undefined) return
    agent.addTask(task.id)
    try {
      const delta = (text: string): void => agent.sendStreamEvent('agent.stream.delta', { task_id: task.id, text })
      const { exitCode, output } = await run(task.command, delta, signal)
      // It waits until the tracker has the comment: only then is the event acknowledged. An agent that is killed before
      // does the task again, and its comment, under the key of the event, is still there once.
      const comment = `exit ${exitCode}\n${output.slice(-SHOWN_CHARS)}`
      await agent.sendTaskComment(task.id, comment, [], undefined, { key: key('result') })
    } finally {
      agent.removeTask(task.id)
    }
  })
  return agent
}

function taskOf({ event, data }: TrackerEvent): { readonly id: string; readonly command: string } | undefined {
  if (event !== 'task.assigned' || typeof data !== 'object' || data === null || !('task' in data)) return undefined
  const { task } = data
  if (typeof task !== 'object' || task === null || !('id' in task) || !('title' in task)) return undefined
  const [, command] = RUN.exec(String(task.title)) ?? []
  return command === undefined ? undefined : { id: String(task.id), command }
}

function run(
  command: string,
  told: (text: string) => void,
  signal: AbortSignal,
): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'pipe'], signal })
    let output = ''
    const take = (text: string): void => {
      output = (output + text).slice(-SHOWN_CHARS)
      told(text)
    }
    child.stdout.setEncoding('utf8').on('data', take)
    child.stderr.setEncoding('utf8').on('data', take)
    child.on('error', reject)
    child.on('close', (exitCode) => resolve({ exitCode, output }))
  })
}
