import type { HubUiRequestContext } from '@holdfast/hub'
import type { HubAction } from '@holdfast/protocol/hub'
import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import { SessionSubscription } from '@holdfast/sessions'
import { nodeWebSocket } from '@holdfast/transport-node'
import { Command } from 'commander'
import { endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { connectSession, type HubCommandOptions, sessionClient, unansweredInWords } from '../hub-session.ts'
import { viewOf } from '../hub-view.ts'
import { interruption } from '../interruption.ts'
import { LeadWatch } from '../lead-watch.ts'
import { type Output, outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { printable } from '../printable.ts'
import { Prompter } from '../prompter.ts'
import { askForDriver, askPermission } from '../prompts.ts'
import { UserError } from '../user-error.ts'

/** How long an answer may take. */
const ANSWER_MS = 30_000

interface ControlOptions extends HubCommandOptions {
  readonly answer?: boolean | undefined
}

/** `holdfast control`: ask the lead of a session for something, or answer what it asks. */
export function controlCommand(): Command {
  return new Command('control')
    .argument('<session>', 'id of the session')
    .argument('[command]', 'for the lead, such as steer or stop')
    .argument('[text...]', 'what goes with it')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--answer', 'stay, and answer prompts: of the driver, and for the permission to use a tool')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
Prompts are answered line by line on standard input, in the order in which they come; anything but y or yes is a no.
The first answer counts, here or elsewhere. At the end of the input it ends, and leaves the rest to others.

Examples:
  $ holdfast control s_42 steer "and now the tests"
  $ holdfast control s_42 stop
  $ holdfast control s_42 --answer`,
    )
    .action(async (session: string, command: string | undefined, text: readonly string[], options: ControlOptions) => {
      process.exitCode = await control(session, { name: command, args: text.join(' ') }, options)
    })
}

async function control(
  sessionId: string,
  { name, args }: { readonly name: string | undefined; readonly args: string },
  options: ControlOptions,
): Promise<number> {
  const out = outputOn(process.stdout)
  const err = outputOn(process.stderr)
  const stop = interruption()
  const endpoint = endpointOf(options)
  if (name === undefined && options.answer !== true) throw new UserError('Expected a command, or --answer.')
  const prompter =
    options.answer === true ? new Prompter(process.stdin, out, options.json === true, stop.interrupt) : undefined
  const onUiRequest =
    prompter &&
    ((request: HubRpcUiRequestMessage, about: HubUiRequestContext): Promise<unknown> =>
      askForDriver(prompter, request, about))
  const lead = new LeadWatch(sessionId, name === undefined ? undefined : err)
  // A question that waits at a terminal stands in the line where a notice would be.
  const notices =
    prompter?.isTerminal === true ? { ...err, isTerminal: false, line: (text: string) => prompter.line(text) } : err
  const client = sessionClient(options, { role: 'controller', sessionId, onUiRequest, ...lead.handlers }, notices)
  const permissions = prompter && permissionPrompts(sessionId, options, prompter, err)
  try {
    await connectSession(client, options, stop.signal, () => void client.close({ flushMs: 0 }), sessionId)
    let code: number = EXIT.ok
    if (name !== undefined) {
      const { actions } = await client.command(name, args, {
        ...{ onDrop: 'carry', signal: stop.signal, timeoutMs: ANSWER_MS },
      })
      code = await show(actions, { out, err }, options.json === true)
    }
    if (prompter === undefined || permissions === undefined) return code
    void permissions.connect({ signal: stop.signal }).catch(() => {})
    const messages = client.messages()
    stop.signal.addEventListener('abort', () => void messages.return())
    void prompter.ended.then(() => messages.return())
    for await (const message of messages) {
      const view = options.json === true ? JSON.stringify(message) : viewOf(message, out.paint)
      if (view !== undefined) await prompter.line(view)
    }
    return stop.signal.aborted ? EXIT.interrupted : code
  } catch (error) {
    if (stop.signal.aborted) throw new UserError('', EXIT.interrupted)
    if (lead.isMissing) throw noLead(sessionId, error)
    throw unansweredInWords(error, client, endpoint, { sessionId, look: `observe ${sessionId}` })
  } finally {
    stop.dispose()
    prompter?.close()
    await Promise.all([client.close(stop.signal.aborted ? { flushMs: 0 } : {}), permissions?.close()])
  }
}

function noLead(sessionId: string, cause: unknown): UserError {
  const start = ownCommand(`lead --session ${sessionId} -- COMMAND`)
  return new UserError(`No lead came to ${sessionId} in time. Start one: ${start}`, EXIT.noLead, cause)
}

/** Permission prompts come by the sessions endpoint, to everybody who may answer; the first answer counts. */
function permissionPrompts(
  sessionId: string,
  options: ControlOptions,
  prompter: Prompter,
  err: Output,
): SessionSubscription {
  const { url, token = '-' } = endpointOf(options)
  const subscription = new SessionSubscription({
    transport: nodeWebSocket(),
    url,
    sessionId,
    token,
    onClosed: ({ error }) => {
      if (error !== undefined && err.isTerminal) void prompter.line('Permission prompts do not come from here.')
    },
  })
  subscription.handlePermissions((request, context) => askPermission(prompter, request, context))
  return subscription
}

interface Outputs {
  readonly out: Output
  readonly err: Output
}

/** The lead's answer. @returns the exit code: a refusal is a failure */
async function show(actions: readonly HubAction[], { out, err }: Outputs, json: boolean): Promise<number> {
  if (json) await out.json({ actions })
  const isBlocked = actions.some(({ action }) => action === 'BLOCK')
  if (json) return isBlocked ? EXIT.failed : EXIT.ok
  for (const action of actions) {
    const text = wordsOf(action)
    if (text === undefined) continue
    await (action.action === 'BLOCK' ? err.line(`holdfast: Not done. ${printable(text)}`) : out.line(printable(text)))
  }
  return isBlocked ? EXIT.failed : EXIT.ok
}

function wordsOf(action: HubAction): string | undefined {
  for (const name of ['reason', 'message', 'text'] as const) {
    const value: unknown = Reflect.get(action, name)
    if (typeof value === 'string') return value
  }
  if (action.action === 'RETURN' && 'result' in action) return JSON.stringify(action.result)
  return action.action === 'ACK' ? undefined : String(action.action)
}
