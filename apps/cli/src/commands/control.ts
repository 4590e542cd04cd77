import { createInterface } from 'node:readline/promises'
import type { HubAction, HubRpcUiRequestMessage } from '@holdfast/protocol/hub'
import { Command } from 'commander'
import { endpointOf, tokenOption, urlOption } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { connectFirst, type HubCommandOptions, interruption, inWords, sessionClient } from '../hub-session.ts'
import { printable, viewOf } from '../hub-view.ts'
import { type Output, outputOn } from '../output.ts'

interface ControlOptions extends HubCommandOptions {
  readonly answer?: boolean | undefined
}

/** `holdfast control`: ask the lead of a session for something, or answer what it asks. */
export function controlCommand(): Command {
  return new Command('control')
    .description('steer a session, or answer the prompts of its driver')
    .argument('<session>', 'id of the session')
    .argument('[command]', 'for the lead, such as steer or stop')
    .argument('[text...]', 'what goes with it')
    .addOption(urlOption())
    .addOption(tokenOption())
    .option('--answer', 'stay, and answer prompts at this terminal')
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      `
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
  const stop = interruption()
  const { url, token } = endpointOf(options)
  const onUiRequest = options.answer === true ? (request: HubRpcUiRequestMessage) => ask(request, out) : undefined
  const client = sessionClient(options, { role: 'controller', sessionId, onUiRequest }, outputOn(process.stderr))
  try {
    await connectFirst(client, options, stop.signal)
    let code: number = EXIT.ok
    if (name !== undefined) {
      const { actions } = await client.command(name, args, { onDrop: 'carry', signal: stop.signal })
      code = await show(actions, out, options.json === true)
    }
    if (options.answer !== true) return code
    const messages = client.messages()
    stop.signal.addEventListener('abort', () => void messages.return())
    for await (const message of messages) {
      const view = options.json === true ? JSON.stringify(message) : viewOf(message, out.paint)
      if (view !== undefined) await out.line(view)
    }
    return code
  } catch (error) {
    throw inWords(error, url, token)
  } finally {
    stop.dispose()
    await client.close()
  }
}

/** The lead's answer. @returns the exit code: a refusal is a failure */
async function show(actions: readonly HubAction[], out: Output, json: boolean): Promise<number> {
  if (json) await out.json({ actions })
  const isBlocked = actions.some(({ action }) => action === 'BLOCK')
  if (json) return isBlocked ? EXIT.failed : EXIT.ok
  for (const action of actions) {
    const text = wordsOf(action)
    if (text !== undefined) await out.line(printable(text))
  }
  return isBlocked ? EXIT.failed : EXIT.ok
}

function wordsOf(action: HubAction): string | undefined {
  for (const name of ['reason', 'message', 'text'] as const) {
    const value: unknown = Reflect.get(action, name)
    if (typeof value === 'string') return `${action.action}: ${value}`
  }
  if (action.action === 'RETURN' && 'result' in action) return JSON.stringify(action.result)
  return action.action === 'ACK' ? undefined : String(action.action)
}

/** Puts a prompt of the driver to the person. */
async function ask(request: HubRpcUiRequestMessage, out: Output): Promise<unknown> {
  const { method, params } = request
  const words = ['title', 'message', 'placeholder']
    .map((name) => params[name])
    .filter((part) => typeof part === 'string')
  const reader = createInterface({ input: process.stdin, output: process.stdout })
  try {
    const question = printable(`${method}: ${words.join(' — ')}`)
    if (method !== 'confirm') return { value: await reader.question(`${out.paint.bold(question)}\n> `) }
    const said = await reader.question(`${out.paint.bold(question)} [y/N] `)
    return { confirmed: /^y(es)?$/i.test(said.trim()) }
  } finally {
    reader.close()
  }
}
