import { type AcpNotice, acpStream } from '@holdfast/acp'
import { nodeWebSocket } from '@holdfast/transport-node'
import { Command } from 'commander'
import { carryLines } from '../acp-stdio.ts'
import { AwayNotice } from '../away-notice.ts'
import { type EndpointFlags, endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { interruption } from '../interruption.ts'
import { outputOn } from '../output.ts'
import { refusalIn } from '../refusals/refusals.ts'
import { placeOf } from '../status-place.ts'

/** What a drop has made unknowable, for people. */
const NOTICES: Readonly<Record<AcpNotice['kind'], string>> = {
  outcome_unknown: 'the link was lost behind a request; look whether it was done before you repeat it.',
  question_withdrawn: 'a question of the agent went with the link; it is not open any more.',
  session_reloaded: 'the session was loaded again; what the agent said meanwhile may be missing.',
  session_lost: 'the session could not be loaded again.',
  events_missing: 'some of the session is missing: the gateway has no more of it.',
}

interface AcpOptions extends EndpointFlags {
  readonly agent?: string | undefined
}

/** `holdfast acp`: an agent of a gateway, for editors that start programs. */
export function acpCommand(): Command {
  return new Command('acp')
    .option('--agent <name>', 'the agent (default: the first that the gateway has)')
    .addOption(urlOption())
    .addOption(tokenOption())
    .addHelpText(
      'after',
      `
It speaks the Agent Client Protocol on its standard input and output, for editors that start an agent as a program. The
agent runs at the gateway: it survives this program, sleep, and restarts of the gateway, and the editor notices none of it.
What it has to say of the connection goes to standard error.

Example:
  holdfast acp --agent qwen

In the settings of Zed:
  "agent_servers": { "Holdfast": { "command": "holdfast", "args": ["acp"] } }`,
    )
    .action(async (options: AcpOptions) => {
      process.exitCode = await serveEditor(options)
    })
}

async function serveEditor({ agent, ...flags }: AcpOptions): Promise<number> {
  const endpoint = endpointOf(flags)
  const { url, token } = endpoint
  const stop = interruption()
  const err = outputOn(process.stderr)
  const away = new AwayNotice(err, url, () => stream.explain())
  const stream = acpStream({
    transport: nodeWebSocket(),
    url: addressOf(url, agent),
    token,
    onStatus: ({ status, cause }) => away.changed(placeOf(status), cause),
    onNotice: ({ kind }) => void err.line(`holdfast: ${NOTICES[kind]}`),
  })
  stop.signal.addEventListener('abort', () => void stream.close())
  try {
    await carryLines(stream, { input: process.stdin, output: outputOn(process.stdout), signal: stop.signal })
    return stop.signal.aborted ? EXIT.interrupted : EXIT.ok
  } catch (error) {
    throw refusalIn(error, endpoint)
  } finally {
    stop.dispose()
  }
}

function addressOf(url: string, agent: string | undefined): string {
  return `${url}/acp${agent === undefined ? '' : `?agent=${encodeURIComponent(agent)}`}`
}
