import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { DEMO_SHELL } from './pace.ts'

/** Where programs run, and who is notified of their output. */
export interface CommandOptions {
  /** Base of the gateway. */
  readonly url: string
  readonly token: string
  readonly cwd: string
  /** Called with every line, without its end, in order. */
  readonly onLine: (line: string) => void
  /** Aborting it kills the program. */
  readonly signal: AbortSignal
}

/** How a program ended. `code` is `null` where it is unknown. */
export interface CommandResult {
  readonly code: number | null
}

/** Colours and the like have no place in a log of lines. */
const CONTROL = /\u001b\[[\d;?]*[ -/]*[@-~]|\u001b\][^\u0007]*\u0007/g

/** Runs a program in a terminal of the gateway, over a shell session that survives drops. */
export async function runInTerminal(script: string, options: CommandOptions): Promise<CommandResult> {
  const { url, token, cwd, onLine, signal } = options
  const session = new ShellSession({
    transport: nodeWebSocket(),
    target: shellEndpoint({ url, token, cwd, command: ['/bin/sh', '-c', script], size: { width: 120, height: 30 } }),
    ...DEMO_SHELL,
  })
  const kill = (): void => void session.kill()
  signal.addEventListener('abort', kill, { once: true })
  try {
    await session.connect({ signal })
    let rest = ''
    for await (const frame of session) {
      if (frame.channel === 'gap') onLine(`… ${frame.missingBytes ?? 'some'} bytes are missing here`)
      if (frame.channel !== 'stdout') continue
      const lines = (rest + frame.text).replace(CONTROL, '').split(/\r*\n/)
      rest = lines.pop() ?? ''
      for (const line of lines) onLine(line)
    }
    if (rest !== '') onLine(rest)
    const ending = await session.result
    return { code: ending.kind === 'exited' ? ending.code : null }
  } finally {
    signal.removeEventListener('abort', kill)
  }
}
