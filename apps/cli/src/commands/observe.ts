import { Command, InvalidArgumentError } from 'commander'
import { endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { eventFeed, socketFeed } from '../hub-feed.ts'
import { type HubCommandOptions, inWords } from '../hub-session.ts'
import { entryView, viewOf } from '../hub-view.ts'
import { interruption } from '../interruption.ts'
import { outputOn } from '../output.ts'
import { UserError } from '../user-error.ts'

interface ObserveOptions extends HubCommandOptions {
  readonly subscribe?: readonly string[] | undefined
  readonly history: number
  readonly sse?: boolean | undefined
}

/** `holdfast observe`: a session as it happens. */
export function observeCommand(): Command {
  return new Command('observe')
    .argument('<session>', 'id of the session')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--subscribe <filters>', 'only these, apart by commas: agent, task_start, runtime_*', listOf)
    .option('--history <count>', 'how much of the conversation so far is shown', countOf, 10)
    .option('--sse', 'over server-sent events, where WebSockets do not get through')
    .option('--json', 'every message as one line of JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ holdfast observe s_42
  $ holdfast observe s_42 --subscribe 'runtime_*' --json | jq .data.content`,
    )
    .action(async (session: string, options: ObserveOptions) => {
      process.exitCode = await observe(session, options)
    })
}

async function observe(sessionId: string, options: ObserveOptions): Promise<number> {
  const out = outputOn(process.stdout)
  const err = outputOn(process.stderr)
  const stop = interruption()
  const endpoint = endpointOf(options)
  const feed = options.sse === true ? eventFeed(sessionId, options, err) : socketFeed(sessionId, options, err)
  try {
    await feed.connect(stop.signal)
    stop.signal.addEventListener('abort', () => feed.close())
    if (stop.signal.aborted) feed.close()
    for await (const message of feed.messages) {
      if (options.json === true) {
        await out.json(message)
        continue
      }
      const shown = options.history === 0 ? [] : feed.earlier().slice(-options.history)
      for (const entry of shown) await out.line(entryView(entry, out.paint))
      const view = viewOf(message, out.paint)
      if (view !== undefined) await out.line(view)
    }
    return stop.signal.aborted ? EXIT.interrupted : EXIT.ok
  } catch (error) {
    if (stop.signal.aborted) throw new UserError('', EXIT.interrupted)
    throw inWords(error, endpoint)
  } finally {
    stop.dispose()
    feed.close()
  }
}

function listOf(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '')
}

function countOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a number.')
}
