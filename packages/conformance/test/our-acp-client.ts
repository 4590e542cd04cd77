import { acpStream } from '@holdfast/acp'
import { nodeWebSocket } from '@holdfast/transport-node'
import type { StartClient } from '../src/index.ts'

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

type Message = Parameters<WritableStreamDefaultWriter<never>['write']>[0] | object

/** Our stream, with the program around it that `--help` describes. */
export const ourAcpClient: StartClient = (environment, said) => {
  const say = (line: object): void => said(JSON.stringify(line))
  const stream = acpStream({
    transport: nodeWebSocket(),
    url: environment['HOLDFAST_URL'] ?? '',
    token: environment['HOLDFAST_TOKEN'],
  })
  const writer = stream.writable.getWriter()
  const write = (message: Message): void => {
    writer.write(JSON.parse(JSON.stringify({ jsonrpc: '2.0', ...message }))).catch(() => {})
  }
  const questions: unknown[] = []
  const answers = new Map<unknown, (answer: Fields) => void>()
  let count = 0
  const ask = (method: string, params: object): Promise<Fields> => {
    const id = count++
    write({ id, method, params })
    return new Promise((resolve) => answers.set(id, resolve))
  }
  const take = ({ id, method, params, ...answer }: Fields): void => {
    if (method === undefined) return answers.get(id)?.(answer)
    const { update, toolCall } = fieldsOf(params)
    const { sessionUpdate, content } = fieldsOf(update)
    if (sessionUpdate === 'agent_message_chunk') say({ event: fieldsOf(content)['text'] })
    if (method !== 'session/request_permission') return
    questions.push(id)
    say({ question: fieldsOf(toolCall)['title'] })
  }
  stream.on('notice', ({ kind }) => kind === 'events_missing' && say({ gap: true }))
  stream.on('problem', () => {})
  const read = async (): Promise<void> => {
    for await (const message of stream) take({ ...message })
  }
  read().catch(() => {})
  const session = ask('initialize', { protocolVersion: 1, clientCapabilities: {} })
    .then(() => ask('session/new', { cwd: '/', mcpServers: [] }))
    .then(({ result }) => fieldsOf(result)['sessionId'])
  const send = async (text: string): Promise<void> => {
    const { error } = await ask('session/prompt', { sessionId: await session, prompt: [{ type: 'text', text }] })
    const { code } = fieldsOf(fieldsOf(error)['data'])
    const failed = code === 'acp/outcome_unknown' ? 'in doubt' : 'rejected'
    say({ send: text, outcome: error === undefined ? 'answered' : failed })
  }
  return {
    write: (line) => {
      const { send: text, answer } = fieldsOf(JSON.parse(line))
      if (typeof text === 'string') void send(text)
      else write({ id: questions.shift(), result: { outcome: { outcome: 'selected', optionId: answer } } })
    },
    close: () => stream.close({ flushMs: 0 }),
  }
}
