import type { Server } from 'node:http'
import { resumableSockets } from '@holdfast/websocket/server'
import { WebSocketServer } from 'ws'

/** Books orders, and sends a receipt for each. `book` may take its time: orders of one client are booked one after the other. */
export function orderServer(server: Server, book: (order: string) => Promise<number>): { close(): void } {
  const resumable = resumableSockets(
    (session) => ({
      onMessage: async (order) => session.send(`receipt ${await book(String(order))} for ${order}`),
    }),
    { onError: (error) => process.stderr.write(`An order failed: ${error}\n`) },
  )
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => resumable.accept(socket))
  return { close: () => [resumable, sockets].forEach((one) => void one.close()) }
}
