import { ShellSession, type ShellSessionOptions, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'

/** Options of {@link watchBuild}. */
export interface BuildOptions {
  readonly url: string
  readonly token: string
  readonly command: readonly string[]
  readonly onLine?: ((line: string) => void) | undefined
  readonly retry?: ShellSessionOptions['retry']
}

/** Runs a command in a remote shell, and reports its lines and its exit code across every drop. */
export async function watchBuild(options: BuildOptions): Promise<{ lines: string[]; code: number | null }> {
  const { url, token, command, retry, onLine = () => {} } = options
  const target = shellEndpoint({ url, token, command })
  const shell = await new ShellSession({ transport: nodeWebSocket(), target, retry }).connect()
  const lines: string[] = []
  let rest = ''
  for await (const frame of shell) {
    if (frame.channel === 'gap') throw new Error('the server lost some of the output')
    if (frame.channel !== 'stdout') continue
    const parts = (rest + frame.text).split('\r\n')
    rest = parts.pop() ?? ''
    for (const line of parts) onLine(line)
    lines.push(...parts)
  }
  const ending = await shell.result
  return { lines, code: ending.kind === 'exited' ? ending.code : null }
}
