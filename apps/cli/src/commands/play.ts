import { Command, InvalidArgumentError } from 'commander'
import { endpointOf, type GatewayFlags, withGateway } from '../endpoint.ts'
import { type Output, outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { playAsText, playInTerminal } from '../play/player.ts'
import { listRecordings, recordingText } from '../play/source.ts'
import { printable } from '../printable.ts'
import { UserError } from '../user-error.ts'

interface PlayCommandOptions extends GatewayFlags {
  readonly speed: number
  readonly idleLimit: number
  readonly text?: boolean | undefined
  readonly list?: boolean | undefined
}

/** `holdfast play`: a recording of a shell, as it was. */
export function playCommand(): Command {
  return withGateway(new Command('play'))
    .argument('[recording]', 'a file (asciicast), or the id or name of a shell that was recorded: the newest of it')
    .option('--speed <times>', 'so many times as fast', timesOf, 1)
    .option('--idle-limit <seconds>', 'longer pauses are cut to this; 0: none is', secondsOf, 2)
    .option('--text', 'all of it at once, as text; so it is where output is no terminal')
    .option('--list', 'the recordings that you may see')
    .addHelpText(
      'after',
      `
Space pauses, q ends. What programs asked the terminal, or did beside the screen, is not done again.

Examples:
  $ holdfast shell --id fix --record
  $ holdfast play fix
  $ holdfast play fix --speed 4 --idle-limit 0.5
  $ holdfast play session.cast --text | grep error
  $ holdfast play --list`,
    )
    .action(async (recording: string | undefined, options: PlayCommandOptions) => {
      const out = outputOn(process.stdout)
      if (options.list === true) return printList(options, out)
      if (recording === undefined) throw new UserError('Name a file or a shell, or use --list.')
      const text = await recordingText(recording, () => endpointOf(options))
      if (options.text === true || !out.isTerminal) return playAsText(text, out)
      const idleLimitMs = options.idleLimit === 0 ? undefined : options.idleLimit * 1_000
      await playInTerminal(text, out, { speed: options.speed, idleLimitMs })
    })
}

async function printList(options: PlayCommandOptions, out: Output): Promise<void> {
  const recordings = await listRecordings(endpointOf(options))
  for (const one of recordings) {
    if (options.json === true) await out.json(one)
    else {
      const { id, shellId, name, program, startedAt, bytes } = one
      const when = new Date(startedAt).toISOString().slice(0, 16).replace('T', ' ')
      const called = printable(name ?? program).replaceAll('\n', ' ')
      await out.line(
        `${out.paint.bold(shellId)}  ${when} UTC  ${Math.ceil(bytes / 1_024)} KiB  ${called}  ${out.paint.dim(id)}`,
      )
    }
  }
  if (recordings.length === 0)
    await outputOn(process.stderr).line(`There are no recordings. Try: ${ownCommand('shell --record')}`)
}

function timesOf(text: string): number {
  const times = Number(text)
  if (times >= 0.01 && times <= 1_000) return times
  throw new InvalidArgumentError('Expected a number from 0.01 to 1000.')
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('Expected seconds from 0 to 86400.')
}
