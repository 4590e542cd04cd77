import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WebSocketChannel } from '@holdfast/core/contract'
import { nodeWebSocket } from '@holdfast/transport-node'
import { acceptFramed } from '@holdfast/transport-stream'
import { socketChannel } from '@holdfast/transport-stream/node'

/** A Unix socket in front of a gateway: what dials there with `framed()` is carried on over WebSockets. */
export async function bridgeTo(gateway: string): Promise<{ readonly address: string; close(): void }> {
  const path = join(tmpdir(), `holdfast-bridge-${process.pid}-${Date.now()}.sock`)
  const open = new Set<Socket>()
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    open.add(socket)
    socket.on('error', () => {})
    void acceptFramed(socketChannel(socket))
      .then((request) => carryOn(request, gateway))
      .catch(() => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return {
    address: `unix:${path}`,
    close: () => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}

/** A dial that came otherwise than over a network of WebSockets. */
export interface CarriedRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly protocols: readonly string[]
  accept(answer: { readonly protocol: string }): WebSocketChannel
  refuse(answer: { readonly status: number; readonly body?: string | undefined }): void
}

/** Carries a dial on to a gateway, over WebSockets. */
export async function carryOn(request: CarriedRequest, gateway: string): Promise<void> {
  const { pathname, search } = new URL(request.url)
  const target = {
    url: `${gateway.replace('http', 'ws')}${pathname}${search}`,
    headers: request.headers,
    protocols: request.protocols,
  }
  const there = await nodeWebSocket()
    .open(target, { signal: new AbortController().signal })
    .catch((error: unknown) => error)
  if (!isChannel(there)) {
    const { status = 502, body } = Object(Reflect.get(Object(there), 'details'))
    return request.refuse({ status, body })
  }
  const here = request.accept({ protocol: there.opening.protocol })
  joinTo(here, there)
  joinTo(there, here)
}

function isChannel(value: unknown): value is WebSocketChannel {
  return typeof Object(value).start === 'function'
}

/** What one says goes to the other, its end too. */
function joinTo(from: WebSocketChannel, to: WebSocketChannel): void {
  from.start({
    frame: (frame) => to.send(frame),
    closed: ({ clean, code, reason }) => (clean ? to.close(code, reason) : to.terminate()),
  })
}
