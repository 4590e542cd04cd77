import { Connection, type Transport } from '@holdfast/core'
import type { Result } from './program.ts'

/** Where a transport cannot work it says so in a sentence, at once, and nothing is left pending. */
export async function refuses(options: { readonly transport: Transport; readonly server: string }): Promise<Result[]> {
  const { transport } = options
  const target = options.server.replace('http', 'ws')
  const aborting = new AbortController()
  const opening = transport.open({ url: target }, { signal: aborting.signal })
  aborting.abort()
  const ends = [opening, new Connection({ transport, target }).connect()]
  const outcomes = await Promise.all(ends.map((end) => end.then(() => 'resolved', said)))
  const right = outcomes.every((outcome) => outcome.startsWith('channel/unsupported') && outcome.includes('use '))
  return [{ name: 'refuses with what to use instead', problem: right ? '' : outcomes.join('; ') }]
}

function said(error: unknown): string {
  const { code, message }: { readonly code?: unknown; readonly message?: unknown } = Object(error)
  return `${code}: ${message}`.replace('Use ', 'use ')
}
