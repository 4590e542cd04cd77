import { Command, Option } from 'commander'
import { endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { demandFitting, type ShellCommandOptions } from '../shell-options.ts'
import { SHELL_MANAGEMENT } from './shell-manage.ts'

/** Ctrl+], as telnet has it: no shell and hardly any editor uses it. */
const DETACH_KEYS = 'ctrl-]'

/**
 * `holdfast shell`: a terminal that survives drops, or one command in pipes. The word after it may be `ls`, `kill` or `rename`;
 * after `--` it is a program.
 */
export function shellCommand(words: readonly string[]): Command {
  const command = openCommand()
  const [first = ''] = words
  const isProgram = words.includes('--') && !Object.hasOwn(SHELL_MANAGEMENT, first)
  for (const create of isProgram ? [] : Object.values(SHELL_MANAGEMENT)) command.addCommand(create())
  return command
}

function openCommand(): Command {
  return new Command('shell')
    .argument('[command...]', 'after --: run this instead, with its own output, error output and exit code')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--id <id>', 'the shell to come back to, or the name of a new one')
    .option('--session <id>', 'the session it belongs to')
    .option('--observe', 'watch only')
    .option('--if-free', 'fail where another client writes to it, instead of taking over')
    .option('-t, --tty', 'give the command a terminal; it then survives drops too')
    .option('--shell <command>', 'a program with its arguments instead of the shell of the gateway: "zsh -l"')
    .option('-l, --login', 'the shell of the gateway as at a login')
    .option('--cwd <folder>', 'where it begins')
    .option('-e, --env <name=value>', 'a variable of its environment; can be given again', gathered)
    .option('--name <text>', 'what people call a new shell')
    .addOption(
      new Option('--size <whose>', 'the window that decides the size of a new shell (default: writer)').choices([
        'writer',
        'smallest',
      ]),
    )
    .addOption(
      new Option(
        '--record [what]',
        'have the gateway record it; input: what is typed too, but not what is typed unseen, such as a password',
      ).choices(['output', 'input']),
    )
    .option('--detach-keys <key>', 'the key that talks to holdfast itself', DETACH_KEYS)
    .addOption(
      new Option('--predict <when>', 'show what is typed before its echo comes: auto is above 60 ms of round trip')
        .choices(['auto', 'always', 'never'])
        .default('auto'),
    )
    .option('--json', 'one JSON object a line instead of plain output')
    .addHelpText(
      'after',
      `
In a terminal: ${DETACH_KEYS} then d detaches, k kills (and asks first), z suspends, ? helps. The exit code is the shell's.
TERM, COLORTERM, LANG, LC_* and TZ travel along, as with ssh.

Examples:
  $ holdfast shell                       a new shell
  $ holdfast shell --id build            the shell "build", new or as it was left
  $ holdfast shell --id build --observe  watch it from elsewhere
  $ holdfast shell --login --cwd /srv    a login shell, in a folder
  $ holdfast shell -- make test          one command, in pipes
  $ holdfast shell -t -- htop            one command, in a terminal
  $ holdfast shell --id fix --record     a shell that is recorded; holdfast play fix shows it
  $ holdfast shell ls                    the shells that are there; also: kill, rename`,
    )
    .action(async (command: readonly string[], options: ShellCommandOptions) => {
      demandFitting(options, command)
      const checked = { ...options, ...endpointOf(options) }
      const once = command.length > 0 && options.tty !== true
      // Each loads what it needs: one command in pipes starts without what a terminal needs.
      process.exitCode = once
        ? await (await import('../shell-exec.ts')).runOnce(checked, command)
        : await (await import('../shell-interactive.ts')).interactiveShell(checked, command)
    })
}

function gathered(one: string, all: readonly string[] = []): readonly string[] {
  return [...all, one]
}
