import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { edit } from './editor.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const GATEWAY = join(ROOT, 'apps/gateway/dist/main.js')
const AGENT = join(ROOT, 'examples/acp-editor/agent.mjs')
const TOKEN = 'for-this-story'
const COUNT = 300

/** What the editor has seen when the turn is over. */
export interface Seen {
  readonly stopReason: string
  readonly text: string
  readonly questions: number
}

/** What the agent says without any fault. */
export const WHOLE: string = Array.from({ length: COUNT }, (_, at) => `${at + 1} `).join('')

/** An editor, a gateway that is killed twice, once with a question open, and an agent that knows nothing of either. */
export async function story(say: (line: string) => void): Promise<Seen> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-editor-')))
  const pidFile = join(folder, 'agent.pid')
  const agent = `counter=${process.execPath} ${AGENT} ${pidFile}`
  const start = async (port: number): Promise<{ child: ChildProcess; port: number }> => {
    const place = [
      '--port',
      String(port),
      '--data',
      join(folder, 'data'),
      '--token',
      TOKEN,
      '--shell',
      'none',
      '--json',
    ]
    const command = [GATEWAY, ...place, '--agent', agent, '--agent-folder', folder]
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const { url }: { url: string } = JSON.parse(String(line))
    return { child, port: Number(new URL(url).port) }
  }
  let gateway = await start(0)
  const killed = async (when: string): Promise<void> => {
    say(`kill -9 of the gateway ${when}`)
    const ended = once(gateway.child, 'exit')
    gateway.child.kill('SIGKILL')
    await ended
    gateway = await start(gateway.port)
    say('the gateway is back')
  }
  let text = ''
  let questions = 0
  let isKilled: Promise<void> | undefined
  try {
    const stopReason = await edit({
      url: `http://127.0.0.1:${gateway.port}/acp`,
      token: TOKEN,
      folder,
      prompt: `Count to ${COUNT}.`,
      onText: (piece) => {
        text += piece
        if (text.endsWith(' 50 ')) isKilled = killed('in the middle of a turn')
      },
      onQuestion: async (title) => {
        questions += 1
        say(`the agent asks: ${title}`)
        await isKilled
        await killed('while the question is open')
        return true
      },
    })
    return { stopReason, text, questions }
  } finally {
    gateway.child.kill('SIGKILL')
    // Agents outlive gateways; this one is no longer needed.
    process.kill(Number(readFileSync(pidFile, 'utf8')))
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
