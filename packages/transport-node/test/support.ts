import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { OpenError, type Transport, type WebSocketChannel } from '@holdfast/contract'

/** A file of test certificates; see `fixtures/README.md`. */
export function pem(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')
}

/** Listens on a free port of the loopback interface, and says which. */
export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('A TCP server has a port.')
  return address.port
}

/** A dial that nobody aborts. */
export function open(
  transport: Transport,
  url: string,
  headers: Record<string, string> = {},
): Promise<WebSocketChannel> {
  return transport.open({ url, headers }, { signal: new AbortController().signal })
}

/** The error of a dial that must fail. */
export async function openError(opening: Promise<unknown>): Promise<OpenError> {
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof OpenError) return error
  throw new Error('Expected an OpenError.', { cause: error })
}

/** Everything that an error tells, its causes too. */
export function everythingTold(error: unknown): string {
  const told: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) told.push(String(at), JSON.stringify(at))
  return told.join('\n')
}

/** The client's end is gone: it ended, or reset where it had something unread. */
export function gone(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    socket.once('end', resolve)
    socket.once('error', () => resolve())
  })
}
