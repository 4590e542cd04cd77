// What is behind the plain server of ACP: a session with its log, and the agent that does what its prompts say (`holdfast-conformance --help`).
import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

const OPTIONS = ['yes', 'no'].map((optionId) => ({ optionId, name: optionId, kind: 'allow_once' }))

/** A record is one message: its `seq` is its place in `log`, from 1. */
export class Session {
  id = randomBytes(8).toString('hex')
  log = []
  clients = new Set()
  questions = new Map()

  append(message) {
    this.log.push({ jsonrpc: '2.0', ...message })
    for (const client of this.clients) client.say(this.log.at(-1), { sessionId: this.id, seq: this.log.length })
  }

  /** Sends what is behind `seq`, of questions those that are open. */
  attach(client, seq) {
    for (const [at, message] of this.log.entries()) {
      const isOver = message.id !== undefined && !this.questions.has(message.id)
      if (at >= seq && !isOver) client.say(message, { sessionId: this.id, seq: at + 1 })
    }
    this.clients.add(client)
  }

  prompt(text) {
    const cancelled = new Promise((resolve) => {
      this.cancel = () => resolve('cancelled')
    })
    const say = (text) => {
      const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text } }
      this.append({ method: 'session/update', params: { sessionId: this.id, update } })
    }
    return Promise.race([runPrompt(text, { say, ask: (title) => this.ask(title) }), cancelled])
  }

  ask(title) {
    const id = `${this.id} ${this.log.length + 1}`
    const params = { sessionId: this.id, toolCall: { toolCallId: id, title }, options: OPTIONS }
    return new Promise((resolve) => {
      this.questions.set(id, resolve)
      this.append({ id, method: 'session/request_permission', params })
    })
  }

  answered(id, { outcome }, by) {
    this.questions.get(id)?.(outcome?.optionId)
    if (!this.questions.delete(id)) return
    const over = { jsonrpc: '2.0', method: '$/cancel_request', params: { requestId: id } }
    for (const client of this.clients) if (client !== by) client.say(over)
  }
}

/** Resolves with the reason with which the turn ends. `say` streams a text; `ask` resolves with the option that was chosen. */
async function runPrompt(text, { say, ask }) {
  const [verb, ...words] = text.split(' ')
  if (verb === 'later') {
    await pause(Number(words[0]))
    return runPrompt(words.slice(1).join(' '), { say, ask })
  }
  for (const word of verb === 'ask' ? [`chose:${await ask(words.join(' '))}`] : words) say(`${word} `)
  return 'end_turn'
}
