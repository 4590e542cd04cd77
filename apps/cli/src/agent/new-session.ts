import { AcpError, acpStream, type JsonRpcMessage } from '@holdfast/acp'
import { isJsonRpcRequest, type JsonRpcResponse, jsonRpcFailureOf } from '@holdfast/protocol/acp'
import { nodeWebSocket } from '@holdfast/transport-node'
import { AwayNotice } from '../away-notice.ts'
import type { EndpointOptions } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { ownCommand } from '../own-command.ts'
import { printable } from '../printable.ts'
import { refusalIn } from '../refusals/refusals.ts'
import { placeOf } from '../status-place.ts'
import { UserError } from '../user-error.ts'

/** What a new session is made of. */
export interface NewSession {
  readonly agent: string
  readonly cwd: string | undefined
  readonly endpoint: EndpointOptions
  readonly err: Output
  /** Aborted by Ctrl+C. */
  readonly signal: AbortSignal
}

/** JSON-RPC of ACP: there is no such thing. */
const NOT_FOUND = -32002

/**
 * Makes a session at an agent of a gateway, over as many links as it takes. @returns its id
 * @throws UserError where the gateway or the agent refuses, or Ctrl+C came first
 */
export async function newSession({ agent, cwd, endpoint, err, signal }: NewSession): Promise<string> {
  const { url, token } = endpoint
  const away = new AwayNotice(err, url, () => stream.explain())
  const stream = acpStream({
    transport: nodeWebSocket(),
    url: `${url}/acp?agent=${encodeURIComponent(agent)}`,
    token,
    onStatus: ({ status, cause }) => away.changed(placeOf(status), cause),
  })
  const stop = (): void => void stream.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const asked = new Asked(stream)
    await asked.request('initialize', { protocolVersion: 1, clientCapabilities: {} })
    const { sessionId } = await asked.request('session/new', { ...(cwd === undefined ? {} : { cwd }), mcpServers: [] })
    if (typeof sessionId === 'string') return sessionId
    throw new UserError(`The agent ${agent} gave no session. Try again.`, EXIT.failed)
  } catch (error) {
    if (signal.aborted) throw new UserError('', EXIT.interrupted)
    throw error instanceof AcpError ? refusalIn(error, endpoint) : error
  } finally {
    signal.removeEventListener('abort', stop)
    await stream.close()
  }
}

/** One question at a time. */
class Asked {
  readonly #writer: WritableStreamDefaultWriter<JsonRpcMessage>
  readonly #messages: AsyncIterator<JsonRpcMessage>
  #id = 0

  constructor(stream: ReturnType<typeof acpStream>) {
    this.#writer = stream.writable.getWriter()
    this.#messages = stream[Symbol.asyncIterator]()
  }

  async request(method: string, params: unknown): Promise<Readonly<Record<string, unknown>>> {
    this.#id += 1
    const id = this.#id
    await this.#writer.write({ jsonrpc: '2.0', id, method, params })
    for (;;) {
      const { value, done } = await this.#messages.next()
      if (done === true || value === undefined) throw new UserError('The gateway ended it. Try again.', EXIT.failed)
      if (isAnswer(value, id)) return resultOf(value)
      // What the agent wants of an editor cannot be done here.
      if (isJsonRpcRequest(value)) {
        await this.#writer.write(jsonRpcFailureOf(value.id, -32601, 'This client does not do that.'))
      }
    }
  }
}

function isAnswer(message: JsonRpcMessage, id: number): message is JsonRpcResponse {
  return !('method' in message) && message.id === id
}

function resultOf(answer: JsonRpcResponse): Readonly<Record<string, unknown>> {
  if ('result' in answer) return { ...Object(answer.result) }
  const { code, message } = answer.error
  const words = printable(message)
  if (code === NOT_FOUND) throw new UserError(`${words} Try: ${ownCommand('agent ls')}`, EXIT.notFound)
  const isForbidden = /scope|allows/.test(message)
  throw new UserError(words, isForbidden ? EXIT.refused : EXIT.failed)
}
