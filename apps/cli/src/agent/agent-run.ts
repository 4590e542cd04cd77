import { randomUUID } from 'node:crypto'
import { type EndpointOptions, endpointOf, type GatewayFlags } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { connectSession, sessionClient, unansweredInWords } from '../hub-session.ts'
import { interruption } from '../interruption.ts'
import { outputOn } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { printable } from '../printable.ts'
import { UserError } from '../user-error.ts'
import { AgentFollower } from './agent-follower.ts'
import { newSession } from './new-session.ts'
import type { TurnEnd } from './turn-watch.ts'

/** Options of `agent run`. */
export interface AgentRunOptions extends GatewayFlags {
  readonly cwd?: string | undefined
  readonly detach?: boolean | undefined
}

/** How long an agent's session may take to say that it has a prompt. */
const TAKEN_MS = 60_000
/** Of a prompt on standard input: as the gateway takes. */
const MAX_PROMPT_BYTES = 8_388_608

/** `holdfast agent run`. @returns the exit code */
export async function runAgent(agent: string, words: string, options: AgentRunOptions): Promise<number> {
  const endpoint = endpointOf(options)
  const prompt = words === '' ? await readPrompt() : words
  const err = outputOn(process.stderr)
  const stop = interruption()
  const made = await newSession({ agent, cwd: options.cwd, endpoint, err, signal: stop.signal }).finally(stop.dispose)
  if (options.detach !== true && options.json !== true) await err.line(err.paint.dim(`session ${made}`))
  const task = { prompt, isDetached: options.detach === true, answers: words !== '' }
  return inSession(made, endpoint, task, options)
}

/** `holdfast agent attach`. @returns the exit code */
export async function attachAgent(sessionId: string, words: string, options: GatewayFlags): Promise<number> {
  const task = { prompt: words === '' ? undefined : words, isDetached: false, answers: true }
  return inSession(sessionId, endpointOf(options), task, options)
}

/** `holdfast agent cancel`. @returns the exit code */
export async function cancelAgent(sessionId: string, options: GatewayFlags): Promise<number> {
  const endpoint = endpointOf(options)
  const stop = interruption()
  const err = outputOn(process.stderr)
  const client = sessionClient(options, { role: 'controller', sessionId }, err)
  try {
    await connectSession(client, options, stop.signal, () => void client.close({ flushMs: 0 }), sessionId)
    const asked = { onDrop: 'carry', signal: stop.signal, timeoutMs: TAKEN_MS } as const
    demandTaken(await client.command('cancel', '', asked), sessionId)
    if (options.json === true) await outputOn(process.stdout).json({ sessionId, cancelled: true })
    return EXIT.ok
  } catch (error) {
    if (stop.signal.aborted) throw new UserError('', EXIT.interrupted)
    throw unansweredInWords(error, client, endpoint, { sessionId, look: `agent attach ${sessionId}` })
  } finally {
    stop.dispose()
    await client.close()
  }
}

interface SessionTask {
  readonly prompt: string | undefined
  /** Nothing waits for the turn. */
  readonly isDetached: boolean
  /** Standard input has answers in it, not the prompt. */
  readonly answers: boolean
}

async function inSession(
  sessionId: string,
  endpoint: EndpointOptions,
  { prompt, isDetached, answers }: SessionTask,
  options: GatewayFlags,
): Promise<number> {
  const id = randomUUID()
  const follower = new AgentFollower({
    sessionId,
    options,
    answers: answers && !isDetached,
    isFollowed: !isDetached,
    isHistoryShown: prompt === undefined,
  })
  const { client, stop } = follower
  try {
    await connectSession(client, options, stop.signal, () => follower.leave(), sessionId)
    const messages = follower.messages()
    if (prompt !== undefined) {
      const asked = { id, onDrop: 'carry', signal: stop.signal, timeoutMs: TAKEN_MS } as const
      demandTaken(await client.event('steer', { content: prompt }, asked), sessionId)
    }
    if (isDetached) {
      const out = outputOn(process.stdout)
      await (options.json === true ? out.json({ sessionId }) : out.line(sessionId))
      return EXIT.ok
    }
    const end = await follower.follow(messages, prompt === undefined ? undefined : id)
    return end === undefined ? (prompt === undefined ? EXIT.ok : EXIT.interrupted) : await exitCodeOf(end, sessionId)
  } catch (error) {
    if (stop.signal.aborted) throw new UserError('', EXIT.interrupted)
    throw unansweredInWords(error, client, endpoint, { sessionId, look: `agent attach ${sessionId}` })
  } finally {
    await follower.close()
  }
}

/** A prompt or a cancel that the session did not take. @throws UserError */
function demandTaken({ actions }: { readonly actions: readonly object[] }, sessionId: string): void {
  for (const action of actions) {
    const { action: name, reason }: { readonly action?: unknown; readonly reason?: unknown } = action
    if (name !== 'BLOCK') continue
    const words = printable(String(reason ?? 'It was refused.'))
    const isAlone = /No lead/.test(words)
    throw isAlone
      ? new UserError(`No agent works in ${sessionId}. Try: ${ownCommand('agent ls')}`, EXIT.noLead)
      : new UserError(words, EXIT.failed)
  }
}

/** The exit code of a turn; what was wrong with it is said. */
async function exitCodeOf({ stopReason, why }: TurnEnd, sessionId: string): Promise<number> {
  if (stopReason === 'end_turn') return EXIT.ok
  const err = outputOn(process.stderr)
  const words =
    stopReason === 'failed' || stopReason === 'removed'
      ? (why ?? 'The turn failed.')
      : `The turn ended: ${stopReason.replaceAll('_', ' ')}.`
  await err.line(`holdfast: ${printable(words)} To go on: ${ownCommand(`agent attach ${sessionId} "…"`)}`)
  return stopReason === 'cancelled' ? EXIT.interrupted : EXIT.failed
}

async function readPrompt(): Promise<string> {
  const missing = new UserError(`Expected a prompt: ${ownCommand('agent run NAME "…"')}, or one on standard input.`)
  if (process.stdin.isTTY) throw missing
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of process.stdin) {
    bytes += part.length
    if (bytes > MAX_PROMPT_BYTES) throw new UserError(`A prompt may have ${MAX_PROMPT_BYTES} bytes.`)
    parts.push(part)
  }
  const text = Buffer.concat(parts).toString('utf8').trim()
  if (text === '') throw missing
  return text
}
