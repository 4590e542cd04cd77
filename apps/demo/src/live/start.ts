import { parseArgs } from 'node:util'
import { GatewayError } from '@holdfast/app-gateway'
import { runHeadless } from './headless.ts'
import { runLive } from './live.ts'

const HELP = `A live demonstration: a gateway with its web console, and a session whose lead does real work.

Usage: npm start [-- options]

  --headless       the same story without a browser, in under a minute: a dozen troubles, and a tally at the end.
                   Exit code 0: nothing was lost or doubled
  --port <number>  where the console listens; 0: any free port (default: 4600, or a free one where that is taken)
  --data <folder>  keeps the sessions there (default: a temporary folder, deleted at the end)
  --help           this text

Everything listens on this machine alone. Open the link, look at "Connection doctor", and break the network.
`

function readFlags(): { headless?: boolean; port?: string; data?: string; help?: boolean } | undefined {
  try {
    return parseArgs({
      options: {
        headless: { type: 'boolean' },
        port: { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)} Try: npm start -- --help\n`)
    return undefined
  }
}

/** What somebody can do who only wanted to see it. */
function nextStep(error: unknown): string {
  const isTaken = error instanceof GatewayError && error.code === 'gateway/port_taken'
  return isTaken ? ' Try another one, or any that is free: npm start -- --port 0' : ''
}

async function run(): Promise<number> {
  const flags = readFlags()
  if (flags === undefined) return 2
  if (flags.help === true) {
    process.stdout.write(HELP)
    return 0
  }
  try {
    return flags.headless === true ? await runHeadless() : await runLive(flags)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${nextStep(error)}\n`)
    return error instanceof GatewayError ? 2 : 1
  }
}

process.exit(await run())
