import { createInterface } from 'node:readline'
import type { AcpStream, JsonRpcMessage } from '@holdfast/acp'
import { JSON_RPC_ERROR, jsonRpcFailureOf, jsonRpcRefusalOf, parseJsonRpcMessage } from '@holdfast/protocol/acp'
import type { Output } from './output.ts'

/** Where an editor speaks and listens. */
export interface EditorPipes {
  readonly input: NodeJS.ReadableStream
  readonly output: Output
  /** An editor that keeps sending is no longer read. */
  readonly signal: AbortSignal
}

/**
 * Carries an editor's messages, one a line, to a stream and back, until the editor has said all. What is no message is
 * answered here. Rejects where the gateway refused for good.
 */
export async function carryLines(stream: AcpStream, pipes: EditorPipes): Promise<void> {
  const written = writeAll(stream, pipes).finally(() => stream.close())
  for await (const message of stream) await pipes.output.json(message)
  await written
}

async function writeAll(stream: AcpStream, { input, output, signal }: EditorPipes): Promise<void> {
  const writer = stream.writable.getWriter()
  for await (const line of createInterface({ input, signal, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    const read = readLine(line)
    if ('answer' in read) await output.json(read.answer)
    else await writer.write(read.message)
  }
}

function readLine(line: string): { readonly message: JsonRpcMessage } | { readonly answer: object } {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { answer: jsonRpcFailureOf(null, JSON_RPC_ERROR.parse, 'Parse error') }
  }
  const read = parseJsonRpcMessage(value)
  if (read.ok) return { message: read.message }
  return { answer: jsonRpcRefusalOf(value) ?? jsonRpcFailureOf(null, JSON_RPC_ERROR.invalidRequest, read.issue) }
}
