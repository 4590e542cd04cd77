import { runConformanceTests } from '@durable-streams/server-conformance-tests'
import type { SessionLog } from '@holdfast/log'
import { afterAll, beforeAll, describe } from 'vitest'
import { LONG_POLL_MS, type StreamServer, serveStreams } from './server.ts'

/** The published suite, unchanged, against streams over the log that `open` gives. `close` is called after it. */
export function publishedSuite(name: string, open: () => Promise<SessionLog>, close?: () => Promise<void>): void {
  describe(`the published suite over ${name}`, () => {
    const options = { baseUrl: '', longPollTimeoutMs: LONG_POLL_MS }
    let log: SessionLog | undefined
    let server: StreamServer | undefined
    beforeAll(async () => {
      log = await open()
      server = await serveStreams(log)
      options.baseUrl = server.url
    }, 60_000)
    afterAll(async () => {
      await server?.stop()
      await log?.close()
      await close?.()
    })
    runConformanceTests(options)
  })
}
