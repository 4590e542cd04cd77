import { parseArgs } from 'node:util'
import { type HostService, serveShellHost } from '@holdfast/shell-host'
import { lineLogger } from './log-lines.ts'
import { gatewayVersion } from './version.ts'

/** Its log is a file that is never rotated: after so much of it, silence. */
const MAX_LOG_BYTES = 262_144

/** Is a process that outlives gateways, until it has nothing to do: with shells, and with what else it is given. */
export async function runHostProcess(title: string, services: readonly HostService[] = []): Promise<void> {
  const { values } = parseArgs({ options: { folder: { type: 'string' } } })
  const version = gatewayVersion()
  process.title = title
  let logged = 0
  const logger = lineLogger((line) => {
    logged += line.length
    if (logged < MAX_LOG_BYTES) process.stderr.write(`${line}\n`)
  }, true)
  try {
    const served = await serveShellHost({ folder: values.folder ?? '', version, logger, services })
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void served.close())
    // It must not use the terminal that the gateway was started in.
    process.on('SIGHUP', () => {})
    await served.ended
    process.exit(0)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
