import { resolve } from 'node:path'
import { type AcpNotice, type AcpStreamOptions, acpStream } from '@holdfast/acp'
import { nodeWebSocket } from '@holdfast/transport-node'
import { carryLines } from './acp-stdio.ts'
import { AwayNotice } from './away-notice.ts'
import { type EndpointFlags, type EndpointOptions, endpointOf, isGatewayNamed } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import { interruption } from './interruption.ts'
import { demandProgram } from './local-program.ts'
import { type Output, outputOn } from './output.ts'
import { hasAgents, recordAgent } from './own-gateway/agent-record.ts'
import { ownDataFolder } from './own-gateway/data-folder.ts'
import { OwnGateway } from './own-gateway/own-gateway.ts'
import { refusalIn } from './refusals/refusals.ts'
import { withWaitingNotice } from './refusals/waiting.ts'
import { placeOf } from './status-place.ts'
import { toUserError, UserError } from './user-error.ts'

/** What a drop has made unknowable, for people. */
const NOTICES: Readonly<Record<AcpNotice['kind'], string>> = {
  outcome_unknown: 'the link was lost behind a request; look whether it was done before you repeat it.',
  question_withdrawn: 'a question of the agent went with the link; it is not open any more.',
  session_reloaded: 'the session was loaded again; what the agent said meanwhile may be missing.',
  session_lost: 'the session could not be loaded again.',
  events_missing: 'some of the session is missing: the gateway has no more of it.',
}

/** Options of `holdfast acp` beside a command. */
export interface AcpOptions extends EndpointFlags {
  readonly agent?: string | undefined
  readonly data?: string | undefined
}

/** A gateway, for an editor. */
interface EditorGateway {
  /** Where it is now. */
  readonly endpoint: EndpointOptions
  /** Both are asked anew for every dial: a gateway that is started again has others. */
  readonly dial: Pick<AcpStreamOptions, 'url' | 'token'>
}

/**
 * Is an agent for an editor, on standard input and output, until the editor has said all.
 * @returns the exit code @throws UserError
 */
export async function serveEditor(
  command: readonly string[],
  options: AcpOptions & { readonly isUrlTyped: boolean },
): Promise<number> {
  const stop = interruption()
  const err = outputOn(process.stderr)
  try {
    const { endpoint, dial } = await gatewayFor(command, options, err)
    const away = new AwayNotice(err, endpoint.url, () => stream.explain())
    const stream = acpStream({
      transport: nodeWebSocket(),
      ...dial,
      onStatus: ({ status, cause }) => away.changed(placeOf(status), cause),
      onNotice: ({ kind }) => void err.line(`holdfast: ${NOTICES[kind]}`),
    })
    stop.signal.addEventListener('abort', () => void stream.close())
    await carryLines(stream, { input: process.stdin, output: outputOn(process.stdout), signal: stop.signal }).catch(
      (error: unknown) => {
        throw refusalIn(error, endpoint)
      },
    )
    return stop.signal.aborted ? EXIT.interrupted : EXIT.ok
  } finally {
    stop.dispose()
  }
}

/** The gateway that is named; where a command is given, or none is named and an editor has given one before, one's own. */
async function gatewayFor(
  command: readonly string[],
  { agent, data, isUrlTyped, ...flags }: AcpOptions & { readonly isUrlTyped: boolean },
  err: Output,
): Promise<EditorGateway> {
  const folder = data === undefined ? ownDataFolder() : resolve(data)
  if (command.length > 0) {
    if (isUrlTyped)
      throw new UserError('--url: the agents of that gateway are its own. Leave out either it or the command.')
    return ownGateway(folder, writtenDown(folder, command, agent), err)
  }
  if (data !== undefined || (!isGatewayNamed(flags) && hasAgents(folder))) return ownGateway(folder, agent, err)
  const endpoint = endpointOf(flags)
  return { endpoint, dial: { url: addressOf(endpoint.url, agent), token: endpoint.token } }
}

async function ownGateway(folder: string, agent: string | undefined, err: Output): Promise<EditorGateway> {
  const gateway = new OwnGateway(folder)
  const endpoint = await withWaitingNotice('A gateway of yours', gateway.find())
  await err.line(`holdfast: the agent runs at ${endpoint.url}, a gateway of yours with its data in ${folder}.`)
  const failed = (error: unknown): void => void err.line(`holdfast: ${toUserError(error).message}`)
  const dial = {
    url: async () => addressOf((await gateway.next(failed)).url, agent),
    token: async () => (await gateway.next(failed)).token,
  }
  return { endpoint, dial }
}

/** @throws UserError */
function writtenDown(folder: string, command: readonly string[], name: string | undefined): string {
  const [program = ''] = command
  demandProgram(program)
  if (name !== undefined && !/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name)) {
    throw new UserError(
      '--agent: expected a name of up to 64 letters, digits and . _ -, which begins with a letter or digit.',
    )
  }
  return recordAgent(folder, { name, command })
}

function addressOf(url: string, agent: string | undefined): string {
  return `${url}/acp${agent === undefined ? '' : `?agent=${encodeURIComponent(agent)}`}`
}
