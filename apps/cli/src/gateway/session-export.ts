import { createWriteStream, existsSync, renameSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { HubConversationEntry } from '@holdfast/protocol/hub'
import type { EndpointOptions } from '../endpoint.ts'
import { EXIT } from '../exit-codes.ts'
import { entryView } from '../hub-view.ts'
import { outputOn } from '../output.ts'
import { refusalOf } from '../refusals/refusals.ts'
import { UserError } from '../user-error.ts'
import { evidenceOf, fetchGateway } from './gateway-api.ts'

/** Options of {@link exportSession}. */
export interface ExportOptions {
  readonly file: string | undefined
  readonly isText: boolean
  /** What to do where there is no such session. */
  readonly next: string
}

/** Writes the conversation of a session into a new file, whole or not at all, or to standard output. @throws UserError */
export async function exportSession(
  endpoint: EndpointOptions,
  sessionId: string,
  options: ExportOptions,
): Promise<void> {
  const { file, isText, next } = options
  if (file !== undefined && existsSync(file)) throw new UserError(`${file} is there already. Name a new file.`)
  const response = await fetchGateway(endpoint, 'GET', `/api/hub/session/${encodeURIComponent(sessionId)}/replay`)
  if (!response.ok || response.body === null) {
    throw refusalOf(evidenceOf(response, await response.text().catch(() => '')), endpoint, { next })
  }
  const type = response.headers.get('content-type') ?? ''
  if (!type.includes('json')) throw refusalOf({ status: response.status }, endpoint)
  const content = isText ? Readable.from(linesOf(await response.json())) : Readable.from(response.body)
  if (file === undefined) {
    const out = outputOn(process.stdout)
    for await (const piece of content) await out.write(piece)
    return
  }
  const part = `${file}.part-${process.pid}`
  try {
    await pipeline(content, createWriteStream(part, { mode: 0o600 }))
    renameSync(part, file)
  } catch (error) {
    throw new UserError(
      `${file} could not be written: ${error instanceof Error ? error.message : ''}`,
      EXIT.failed,
      error,
    )
  } finally {
    rmSync(part, { force: true })
  }
}

function* linesOf(body: unknown): Generator<string> {
  const { entries }: { readonly entries?: unknown } = Object(body)
  const { paint } = outputOn(process.stdout)
  const all: readonly HubConversationEntry[] = Array.isArray(entries) ? entries : []
  for (const entry of all) yield `${entryView(entry, paint)}\n`
}
