import { parseArgs } from 'node:util'
import { GatewayError } from '@holdfast/app-gateway'
import { runHeadless } from './headless.ts'
import { runLive } from './live.ts'

interface Flags {
  readonly headless?: boolean
  readonly port?: string
  readonly data?: string
  readonly agent?: string
  readonly 'agent-env'?: string[]
}

function readFlags(): Flags | undefined {
  try {
    return parseArgs({
      options: {
        headless: { type: 'boolean' },
        port: { type: 'string' },
        data: { type: 'string' },
        agent: { type: 'string' },
        'agent-env': { type: 'string', multiple: true },
      },
    }).values
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)} Try: npm start -- --help\n`)
    return undefined
  }
}

/** What a person can do who only wanted to see it. */
function nextStep(error: unknown): string {
  const isTaken = error instanceof GatewayError && error.code === 'gateway/port_taken'
  return isTaken ? ' Try another one, or any that is free: npm start -- --port 0' : ''
}

async function run(): Promise<number> {
  const flags = readFlags()
  if (flags === undefined) return 2
  try {
    return flags.headless === true ? await runHeadless() : await runLive({ ...flags, agentEnv: flags['agent-env'] })
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}${nextStep(error)}\n`)
    return error instanceof GatewayError ? 2 : 1
  }
}

process.exit(await run())
