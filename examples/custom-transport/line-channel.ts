import type { Socket } from 'node:net'
import * as holdfast from '@holdfast/core/contract'

/** What this link can do. The engine and the conformance suite read it. */
export const LINE_TRAITS: holdfast.ChannelTraits = { binary: false, ping: false, pause: true, requestHeaders: false }

/** The longest line, in characters. */
export const MAX_LINE = 16_777_216

/** A channel of lines, which carry text alone. */
export type LineChannel = holdfast.WebSocketChannel

/**
 * One socket as a channel. A frame is a line of JSON: `"text"` for a message, `{"close":[code,reason]}` for the end.
 * @param early - what was read behind the handshake already
 */
export function lineChannel(socket: Socket, opening: holdfast.Opening, early: string): LineChannel {
  let rest = ''
  let cause: unknown
  let goodbye: Partial<holdfast.ChannelEnd> | undefined

  const channel = holdfast.defineChannel<holdfast.WebSocketFrame, holdfast.WebSocketFrame>({
    traits: LINE_TRAITS,
    opening,
    get bufferedBytes() {
      return socket.writableLength
    },
    sink: (given) => given,
    send: (frame) => {
      if (typeof frame !== 'string') throw new holdfast.HoldfastError('channel/unsupported', 'Lines carry text alone.')
      write(frame)
    },
    read: (isWanted) => void (isWanted ? socket.resume() : socket.pause()),
    // Called back once it was written, with all that stood before it.
    flush: () => void socket.write('', () => channel.flushed()),
    close: (code, reason) => write({ close: [code, reason] }),
    free: () => void (goodbye === undefined ? socket.destroy() : socket.destroySoon()),
  })

  const write = (line: unknown): void => void socket.write(`${JSON.stringify(line)}\n`)

  const violated = (what: string): void => {
    const text = `Expected a line of JSON, but ${what}.`
    channel.ended({ cause: new holdfast.HoldfastError('channel/peer_violation', text) })
  }

  const take = (line: string): void => {
    const said = parse(line)
    if (typeof said === 'string') return channel.frame(said)
    if (said === undefined) return violated('a line is neither a message nor a close')
    const [code, reason] = said.close
    channel.close(code, reason)
    goodbye = { ...(code === undefined ? {} : { code }), reason, clean: true }
    channel.ended(goodbye)
  }

  const read = (text: string): void => {
    const lines = text.split('\n')
    const last = lines.pop() ?? ''
    for (const line of lines) {
      take(rest + line)
      rest = ''
    }
    rest += last
    if (rest.length > MAX_LINE) violated(`a line is longer than ${MAX_LINE} characters`)
  }

  socket.pause()
  socket.on('data', read)
  socket.on('error', (error) => {
    cause ??= error
  })
  socket.on('close', () => channel.ended(cause === undefined ? {} : { cause }))
  read(early)
  return channel
}

/** A line as what it says; undefined where it says nothing that is known. */
function parse(
  line: string,
): string | { readonly close: readonly [code: number | undefined, reason: string] } | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'string') return value
    const close = typeof value === 'object' && value !== null && 'close' in value ? value.close : undefined
    if (!Array.isArray(close)) return undefined
    const [code, reason] = close
    return { close: [holdfast.isCloseCode(code) ? code : undefined, typeof reason === 'string' ? reason : ''] }
  } catch {
    return undefined
  }
}
