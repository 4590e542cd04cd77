import * as holdfast from '@holdfast/core'
import { type ClientOptions, engineOptions, pingOptions } from '@holdfast/core/client'
import { contentLength } from '@holdfast/core/codecs'
import { Subscriptions } from '@holdfast/core/subscriptions'
import type { Diagnostic, Document, Message } from './lsp-messages.ts'
import * as wire from './lsp-messages.ts'

interface LanguageServerOptions extends ClientOptions {
  /** Where the server is, unless the transport starts it. */
  readonly url?: string
  /** What `initialize` says. */
  readonly initialize?: object
  readonly answers?: wire.Answers
  readonly onNotification?: (message: Message) => unknown
}

/** A language server: a new one gets all documents as they are. With `liveness` one that hangs is replaced by a new one. */
export function connectLanguageServer(options: LanguageServerOptions) {
  const { url = 'child:', initialize = wire.INITIALIZE, answers = {} } = options
  const protocol: holdfast.ClientProtocol<Message, Message> = {
    name: 'lsp',
    codec: contentLength(holdfast.jsonText<Message, Message>()),
    liveness: options.liveness && holdfast.messagePing(wire.pings, pingOptions(options)),
    async handshake(link) {
      link.send(wire.request('initialize', 'initialize', initialize))
      const { error } = await link.next(wire.isAnswerTo('initialize'), 'the answer to initialize')
      if (error !== undefined) throw new Error(error.message)
      link.send(wire.notification('initialized', {}))
    },
    receive(message, context) {
      if (message.method === undefined || message.id === undefined) return false
      void wire.answered(message, answers).then((answer) => context.send(answer))
      return true
    },
  }
  const onMessage = options.onNotification ?? (() => {})
  const connection = new holdfast.Connection({ ...engineOptions(options), target: url, protocol, onMessage })
  const documents = new Subscriptions<Message, Message, Document, readonly Diagnostic[]>(connection, {
    begin: wire.didOpen,
    end: (_, document) => wire.didClose(document),
    of: wire.diagnosed,
  })
  const requests = new holdfast.Requests<Message, Message>(connection, {
    answers: ({ id, method }) => (method === undefined ? String(id) : undefined),
    cancel: (id) => wire.notification('$/cancelRequest', { id }),
  })
  /** Rejects with `request/dropped` where the server ended before its answer; `onDrop: 'carry'` asks the next one. */
  const ask = async (method: string, params: unknown, how?: holdfast.AskOptions) =>
    wire.resultOf(await requests.ask((id) => wire.request(id, method, params), how))
  /** Notifies the current server; another one gets the newest text when it begins. */
  const change = (document: Document, text: string): void => {
    Object.assign(document, { text, version: document.version + 1 })
    connection.write(wire.didChange(document))
  }
  return { connection, ask, change, open: (document: Document) => documents.open(document) }
}
