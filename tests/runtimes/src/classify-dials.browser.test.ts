import { browserWebSocket } from '@holdfast/transport-browser'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { commands } from 'vitest/browser'
import type { ProgramCommands } from './program-commands.ts'

declare module 'vitest/browser' {
  interface BrowserCommands extends ProgramCommands {}
}

let server: string

beforeEach(async () => {
  server = await commands.startProgramServer()
})

afterEach(() => commands.stopProgramServer(server))

async function findingOf(url: string): Promise<unknown> {
  const transport = browserWebSocket({ classify: { everyFailures: 1 } })
  const dialing = transport.open({ url }, { signal: new AbortController().signal })
  const error: unknown = await dialing.catch((reason: unknown) => reason)
  return error instanceof Error && 'details' in error ? error.details : error
}

it('a probe request learns the status and Retry-After that the browser hides', async () => {
  const url = new URL('/busy', server.replace('http', 'ws')).href
  expect(await findingOf(url)).toEqual({ finding: 'refused', status: 429, retryAfterMs: 7_000 })
})

it('a probe request reports a server that cannot be reached', async () => {
  expect(await findingOf('ws://127.0.0.1:1/')).toEqual({ finding: 'unreachable' })
})
