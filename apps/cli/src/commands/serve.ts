import { type GatewayFlags, SETTINGS, type Setting } from '@holdfast/app-gateway/surface'
import { Command, Option } from 'commander'

/** `holdfast serve`: the gateway. Its flags are those of the gateway itself. */
export function serveCommand(): Command {
  const command = new Command('serve')
  for (const [name, setting] of Object.entries<Setting>(SETTINGS)) {
    if (setting.isWithoutFlag !== true) command.addOption(optionOf(name, setting))
  }
  return command
    .addHelpText(
      'after',
      `
A flag wins over its environment variable.

Examples:
  $ holdfast serve
  $ holdfast serve --port 0 --store memory --json
  $ HOLDFAST_TOKENS="$SECRET=ci:lead+observe" holdfast serve --host 0.0.0.0 --shell none`,
    )
    .action(async (flags: GatewayFlags) => {
      // Not statically: every other command starts sooner without a gateway.
      const { runGateway } = await import('@holdfast/app-gateway')
      process.exitCode = await runGateway(flags)
    })
}

function optionOf(name: string, { env, value, repeatable, fallback, text }: Setting): Option {
  const option = new Option(
    `--${name}${value === undefined ? '' : ` <${value}>`}`,
    `${text} (env: ${env}, default: ${fallback})`,
  )
  // The gateway's own names, with their dashes.
  option.attributeName = () => name
  if (repeatable === true) option.argParser((one: string, all: readonly string[] = []) => [...all, one])
  return option
}
