import { createServer, type Server } from 'node:http'
import type { SessionLog } from '@holdfast/log'
import { createStreams, type Streams, type StreamsOptions } from '@holdfast/streams'

/** Where the published suite looks for streams. */
export const SUITE_PATH = '/v1/stream'

/** How long a read waits here: the suite waits as long, and a little more. */
export const LONG_POLL_MS = 1_500

/** Streams behind a real server. */
export interface StreamServer {
  readonly url: string
  readonly streams: Streams
  stop(): Promise<void>
}

/** Serves the streams of a log as the suite wants them, without tokens. */
export async function serveStreams(log: SessionLog, options: Partial<StreamsOptions> = {}): Promise<StreamServer> {
  const server: Server = createServer((_request, response) => response.writeHead(418).end())
  const streams = createStreams({
    log,
    path: SUITE_PATH,
    origins: ['https://example.com'],
    ...options,
    limits: { longPollMs: LONG_POLL_MS, ...options.limits },
  })
  streams.attach(server)
  // Client and server share a process here: while it is busy, an idle connection would end just as it is used again.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    streams,
    async stop() {
      await streams.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
