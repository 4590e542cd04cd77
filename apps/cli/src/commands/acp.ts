import { Command } from 'commander'
import type { AcpOptions } from '../acp-editor.ts'
import { tokenOption, urlOption } from '../endpoint.ts'

/** `holdfast acp`: an agent of a gateway, for editors that start programs. */
export function acpCommand(): Command {
  return new Command('acp')
    .argument('[command...]', 'after --: the agent, at a gateway of your own, which is started where none runs')
    .option('--agent <name>', 'the agent (default: the first that the gateway has); with a command: what it is called')
    .option('--data <folder>', 'where a gateway of your own keeps everything (default: holdfast in ~/.local/state)')
    .addOption(urlOption())
    .addOption(tokenOption())
    .addHelpText(
      'after',
      `
It speaks the Agent Client Protocol on its standard input and output, for editors that start an agent as a program. The
agent runs at the gateway: it survives this program, sleep, and restarts of the gateway, and the editor notices none of it.
What it has to say of the connection goes to standard error.

With a command nothing has to be set up: the gateway is started where none runs, all editors of yours share it, and it ends
ten minutes after the last of them, unless an agent is at work. Each command is an agent, with the environment of the editor.

Examples:
  holdfast acp -- qwen --acp
  holdfast acp --url https://hub.example --agent qwen

In the settings of Zed:
  "agent_servers": { "Qwen": { "type": "custom", "command": "holdfast", "args": ["acp", "--", "qwen", "--acp"] } }`,
    )
    .action(async (command: readonly string[], options: AcpOptions, self: Command) => {
      const { serveEditor } = await import('../acp-editor.ts')
      const isUrlTyped = self.getOptionValueSource('url') === 'cli'
      process.exitCode = await serveEditor(command, { ...options, isUrlTyped })
    })
}
