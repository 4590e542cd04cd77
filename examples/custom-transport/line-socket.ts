import { createConnection, type Socket } from 'node:net'
import * as holdfast from '@holdfast/core/contract'
import { LINE_TRAITS, type LineChannel, lineChannel, MAX_LINE } from './line-channel.ts'

/** How a server answers the first line of a dial. */
interface Answer {
  /** An HTTP status stands for all that a refusal may mean; the engine's table knows them. */
  readonly refuse?: number | undefined
  readonly retryAfterMs?: number | undefined
}

/**
 * Lines of JSON over a Unix socket (`unix:/run/app.sock`) or TCP (`tcp://127.0.0.1:7000`), as a transport: everything
 * that `Connection` and the clients on it do over WebSockets they do over this.
 */
export function lineSocket(): holdfast.Transport {
  return {
    name: 'line-socket',
    traits: LINE_TRAITS,
    // A line has no pings: a protocol over it brings its own, and after a sleep another link is dialed beside this one.
    liveness: holdfast.doubtAfterSleep(),
    open: (target, { signal }) => dial(target, signal),
  }
}

/** One attempt. It ends once: with a channel, or with an error and nothing left open. */
async function dial(target: holdfast.Target, signal: AbortSignal): Promise<holdfast.WebSocketChannel> {
  signal.throwIfAborted()
  const socket = connect(target.url)
  const abort = (): unknown => socket.destroy()
  signal.addEventListener('abort', abort, { once: true })
  try {
    // The first line of a dial. A path of one's own, credentials: what a handshake over HTTP would carry goes here.
    socket.write('{"hello":1}\n')
    const { line, rest } = await firstLine(socket)
    const answer: Answer = JSON.parse(line)
    if (answer.refuse === undefined) return lineChannel(socket, { protocol: '' }, rest)
    const { refuse: status, retryAfterMs } = answer
    throw new holdfast.OpenError(`The server refused with status ${status}.`, { status, retryAfterMs })
  } catch (error) {
    socket.destroy()
    signal.throwIfAborted()
    if (error instanceof holdfast.OpenError) throw error
    throw new holdfast.OpenError(`Could not open ${holdfast.redactUrl(target.url)}.`, {}, error)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The server's side: reads the first line, and lets in or refuses. */
export async function acceptLine(socket: Socket): Promise<{ accept(): LineChannel; refuse(answer: Answer): void }> {
  const { rest } = await firstLine(socket)
  return {
    accept() {
      socket.write('{}\n')
      return lineChannel(socket, { protocol: '' }, rest)
    },
    refuse: (answer) => void socket.end(`${JSON.stringify(answer)}\n`),
  }
}

function connect(url: string): Socket {
  const { protocol, pathname, hostname, port } = new URL(url)
  if (protocol === 'unix:') return createConnection(pathname)
  return createConnection(Number(port), hostname)
}

/** Reads up to the end of the first line and no further; what stands behind it is given back. */
function firstLine(socket: Socket): Promise<{ readonly line: string; readonly rest: string }> {
  return new Promise((resolve, reject) => {
    let text = ''
    socket.setEncoding('utf8')
    const settle = (): void => {
      socket.pause()
      socket.off('data', read).off('error', reject).off('close', lost)
    }
    const lost = (): void => reject(new Error('The connection ended before the first line did.'))
    const read = (chunk: string): void => {
      text += chunk
      const end = text.indexOf('\n')
      if (end < 0 && text.length > MAX_LINE) return void socket.destroy()
      if (end < 0) return
      settle()
      resolve({ line: text.slice(0, end), rest: text.slice(end + 1) })
    }
    socket.on('data', read).on('error', reject).on('close', lost)
  })
}
