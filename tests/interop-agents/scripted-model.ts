import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

/** Words of the first turn, slow enough for something to happen in the middle. */
export const WORDS: readonly string[] = Array.from({ length: 60 }, (_, at) => `word${at + 1} `)
const WORDS_MS = 50

/** The prompt of the first turn; the agent asks for things of its own, too. */
export const FIRST = 'The first thing'

/** A model that speaks as OpenAI's do, and says what is written here. */
export interface ScriptedModel extends AsyncDisposable {
  readonly url: string
}

/** @param file that it has the agent write */
export async function startModel(file: string): Promise<ScriptedModel> {
  const server = createServer((request, response) => void answer(request, response, file))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, file: string): Promise<void> {
  if (request.method !== 'POST') return void response.writeHead(404).end()
  const { messages = [], stream = false } = JSON.parse((await text(request)) || '{}')
  const last = messages.at(-1)
  const asked = lastWords(last?.content)
  if (stream !== true) return void response.writeHead(200, JSON_TYPE).end(JSON.stringify(whole('ok')))
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const say = (delta: object, finish: string | null = null): void =>
    void response.write(`data: ${JSON.stringify(chunk(delta, finish))}\n\n`)
  if (last?.role === 'tool') say({ content: 'It is written.' }, 'stop')
  else if (asked === FIRST) {
    for (const content of WORDS) {
      say({ content })
      await pause(WORDS_MS)
    }
    const call = { name: 'write_file', arguments: JSON.stringify({ file_path: file, content: 'hello\n' }) }
    say({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: call }] }, 'tool_calls')
  } else say({ content: 'The second turn.' }, 'stop')
  response.end('data: [DONE]\n\n')
}

/** Of a message of the person: the agent puts its own before. */
function lastWords(content: unknown): string {
  const parts: readonly { readonly text?: string }[] = Array.isArray(content) ? content : [{ text: String(content) }]
  return parts.at(-1)?.text ?? ''
}

const JSON_TYPE = { 'content-type': 'application/json' }
const COMMON = { id: 'c', created: 0, model: 'scripted' }
const USAGE = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 }

function whole(content: string): object {
  const message = { role: 'assistant', content }
  return { ...COMMON, object: 'chat.completion', usage: USAGE, choices: [{ index: 0, message, finish_reason: 'stop' }] }
}

function chunk(delta: object, finish: string | null): object {
  const choices = [{ index: 0, delta: { role: 'assistant', ...delta }, finish_reason: finish }]
  return { ...COMMON, object: 'chat.completion.chunk', choices, ...(finish === null ? {} : { usage: USAGE }) }
}
