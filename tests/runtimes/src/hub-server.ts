import { createServer, type Server } from 'node:http'

/** A hub that the program's clients use, and that cuts their connections when it is told to. */
export interface HubServer {
  readonly url: string
  cut(): void
  close(): Promise<void>
}

/** `origin` is that of the page that asks, where one does. */
export async function startHubServer(origin: string): Promise<HubServer> {
  // Loaded when it is needed: vitest's configuration imports this file, and that must work before a build.
  const { createHub, memoryLog } = await import('@holdfast/server')
  const hub = createHub({ log: memoryLog(), origins: [origin] })
  const server = createServer((_request, response) => response.writeHead(404).end())
  hub.attach(server)
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const port = await listening(server)
  return {
    url: `http://127.0.0.1:${port}`,
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      await hub.close()
      await new Promise((resolve) => server.close(resolve).closeAllConnections())
    },
  }
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}
