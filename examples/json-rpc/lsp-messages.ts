/** JSON-RPC 2.0: a request has a method and an id, a notification no id, an answer no method. */
export interface Message {
  readonly jsonrpc: '2.0'
  readonly id?: string | number | null
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string }
}

/** Text that a server looks at, as it is now. */
export interface Document {
  readonly uri: string
  readonly languageId: string
  text: string
  version: number
}

/** What a server has to say of a document. */
export interface Diagnostic {
  readonly message: string
  readonly range: { readonly start: Position; readonly end: Position }
}

interface Position {
  readonly line: number
  readonly character: number
}

/** What answers the server's own requests, by method. */
export type Answers = Readonly<Record<string, (params: unknown) => unknown>>

/** What most servers need to know. */
export const INITIALIZE = { processId: null, rootUri: null, capabilities: {} }

const METHOD_NOT_FOUND = -32_601
const INTERNAL_ERROR = -32_603

export function request(id: string, method: string, params: unknown): Message {
  return { jsonrpc: '2.0', id, method, params }
}

export function notification(method: string, params: unknown): Message {
  return { jsonrpc: '2.0', method, params }
}

export function isAnswerTo(wanted: string): (message: Message) => boolean {
  return ({ id, method }) => id === wanted && method === undefined
}

/** A request of a kind that no server knows is answered with an error: it lives (LSP 3.17, `$` notifications and requests). */
export const pings = {
  ping: (nonce: number): Message => request(`ping-${nonce}`, '$/ping', {}),
  isPong: ({ id, method }: Message): boolean => method === undefined && String(id).startsWith('ping-'),
}

export function didOpen({ uri, languageId, version, text }: Document): Message {
  return notification('textDocument/didOpen', { textDocument: { uri, languageId, version, text } })
}

export function didChange({ uri, version, text }: Document): Message {
  return notification('textDocument/didChange', { textDocument: { uri, version }, contentChanges: [{ text }] })
}

export function didClose({ uri }: Document): Message {
  return notification('textDocument/didClose', { textDocument: { uri } })
}

/** What is said of documents that are open; undefined: the message is about none. */
export function diagnosed({ method, params }: Message, open: ReadonlyMap<string, Document>) {
  if (method !== 'textDocument/publishDiagnostics' || !isDiagnosis(params)) return undefined
  const { uri, diagnostics: item } = params
  return [...open].filter(([, document]) => document.uri === uri).map(([id]) => ({ id, item }))
}

function isDiagnosis(params: unknown): params is { uri: string; diagnostics: readonly Diagnostic[] } {
  return typeof params === 'object' && params !== null && 'diagnostics' in params && Array.isArray(params.diagnostics)
}

/** @throws what the server says that is wrong with the request */
export function resultOf({ result, error }: Message): unknown {
  if (error !== undefined) throw new Error(`${error.code}: ${error.message}`)
  return result
}

/** Never rejects: a handler that throws is an error of its answer. */
export async function answered({ id = null, method = '', params }: Message, answers: Answers): Promise<Message> {
  const handler = answers[method]
  if (handler === undefined) return { jsonrpc: '2.0', id, error: { code: METHOD_NOT_FOUND, message: method } }
  try {
    return { jsonrpc: '2.0', id, result: (await handler(params)) ?? null }
  } catch (error) {
    return { jsonrpc: '2.0', id, error: { code: INTERNAL_ERROR, message: String(error) } }
  }
}
