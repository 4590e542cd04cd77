import { parseArgs } from 'node:util'
import { GATEWAY_ERRORS } from './errors.ts'
import { runGateway } from './run.ts'
import { FLAGS, type GatewayFlags, SETTINGS, type Setting } from './settings.ts'

const USAGE = 'Usage: node apps/gateway/dist/main.js [flags]\n'

function help(): string {
  const rows = Object.entries(SETTINGS).map(([name, setting]: [string, Setting]) => {
    const flag =
      setting.isWithoutFlag === true ? '' : `--${name}${setting.value === undefined ? '' : ` <${setting.value}>`}`
    return `  ${flag.padEnd(20)} ${setting.env.padEnd(16)} ${setting.text} (default: ${setting.fallback})`
  })
  return `${USAGE}\n  A flag wins over its environment variable.\n\n${rows.join('\n')}\n`
}

function readFlags(): (GatewayFlags & { readonly help?: boolean | undefined }) | undefined {
  try {
    return parseArgs({
      options: { ...FLAGS, help: { type: 'boolean', short: 'h' } },
    }).values
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return undefined
  }
}

/** Runs what the command line asks for. Resolves with the exit code; a gateway serves until it is asked to stop. */
export async function runCommandLine(): Promise<number> {
  const flags = readFlags()
  if (flags === undefined) return GATEWAY_ERRORS['gateway/bad_config'].exitCode
  if (flags.help !== true) return runGateway(flags)
  process.stdout.write(help())
  return 0
}
