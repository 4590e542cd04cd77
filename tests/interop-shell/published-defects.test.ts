import { startChaosProxy } from '@holdfast/chaos-proxy'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { ShellSession as PublishedSession } from 'bedrock-agentcore/runtime'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { WebSocket } from 'ws'
import { startServer, TOKEN } from './server.ts'
import { type Answer, confirm, print, Stub } from './stub.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** Short, so that what the published client does for minutes shows in a moment. */
const SOON = { baseDelay: 10, maxDelay: 20, outerLoopDelay: 20 }

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

async function stub(answer: (dial: number) => Answer): Promise<Stub> {
  const started = await Stub.start(answer)
  endings.push(() => started[Symbol.asyncDispose]())
  return started
}

type PublishedOptions = Partial<ConstructorParameters<typeof PublishedSession>[0]>

function publishedOptions(authority: string): ConstructorParameters<typeof PublishedSession>[0] {
  const url = `ws://${authority}/shells?shellId=work`
  const connectFn = async () => ({ url, headers: { authorization: `Bearer ${TOKEN}` } })
  return { connectFn, shellId: 'work', reconnectConfig: SOON }
}

async function published(authority: string, options: PublishedOptions = {}): Promise<PublishedSession> {
  const session = new PublishedSession({
    connectFn: async () => ({
      url: `ws://${authority}/shells?shellId=work`,
      headers: { authorization: `Bearer ${TOKEN}` },
    }),
    shellId: 'work',
    reconnectConfig: SOON,
    ...options,
  })
  endings.push(() => session.close())
  return session.connect()
}

type OurOptions = Partial<ConstructorParameters<typeof ShellSession>[0]>

function ourOptions(authority: string): ConstructorParameters<typeof ShellSession>[0] {
  return {
    transport: nodeWebSocket(),
    target: shellEndpoint({ url: `ws://${authority}`, token: TOKEN }),
    shellId: 'work',
    retry: { baseMs: 10, firstMs: 10, capMs: 20, limits: [], flapLimits: [] },
    killTimeoutMs: 200,
  }
}

async function ours(authority: string, options: OurOptions = {}): Promise<ShellSession> {
  const session = new ShellSession({ ...ourOptions(authority), ...options })
  endings.push(() => session.kill())
  return session.connect()
}

interface Frames {
  [Symbol.asyncIterator](): AsyncIterator<{ readonly text: string; readonly payload: Uint8Array }>
}

/** Reads until the end; what was read so far is looked at meanwhile. */
function reading(session: Frames): { text: string; ended: boolean } {
  const read = { text: '', ended: false }
  void (async () => {
    for await (const frame of session) read.text += frame.text
    read.ended = true
  })()
  return read
}

async function until(met: () => boolean): Promise<void> {
  while (!met()) await sleep(5)
}

/** A first connection that goes down when told, and others that print a line every few milliseconds. */
function dropsOnce(): { readonly answer: (dial: number) => Answer; drop(): void } {
  let first: WebSocket | undefined
  return {
    answer: (dial) => (socket) => {
      confirm(socket, dial > 1)
      if (dial === 1) {
        first = socket
        return
      }
      let line = 0
      const timer = setInterval(() => print(socket, `line ${++line}\n`), 10)
      socket.on('close', () => clearInterval(timer))
    },
    drop: () => first?.terminate(),
  }
}

/**
 * Defect 6 shows after ten seconds, which both clients spend while the other tests run: a service whose confirmation, of a
 * shell that continues, comes after that.
 */
let late: Promise<{ readonly shown: { text: string; reconnected: boolean }; readonly ours: unknown }>
beforeAll(() => {
  late = confirmedLate()
})

async function confirmedLate(): Promise<Awaited<typeof late>> {
  const answer = (): Answer => (socket) => {
    setTimeout(() => {
      confirm(socket, true)
      print(socket, 'first\n')
      print(socket, 'second\n')
    }, 11_000)
  }
  await using there = await Stub.start(answer)
  await using here = await Stub.start(answer)
  const session = new ShellSession({ ...ourOptions(here.authority), retry: { giveUpAfterMs: 0 } })
  const outcome = session.connect().then(
    () => 'connected',
    (error: { readonly code?: string }) => error.code,
  )
  const other = await new PublishedSession(publishedOptions(there.authority)).connect()
  const read = reading(other)
  await until(() => read.text.includes('second'))
  const shown = { text: read.text, reconnected: other.reconnected }
  await Promise.all([other.close(), session.kill()])
  return { shown, ours: await outcome }
}

/** A first connection that goes down when told; then refused until it comes back, with the same shell or a new one. */
function away(options: { readonly goesOn: boolean }) {
  let first: WebSocket | undefined
  let isAway = true
  return {
    answer: (dial: number): Answer => {
      if (dial > 1 && isAway) return 503
      return (socket) => {
        if (dial === 1) first = socket
        confirm(socket, dial > 1 && options.goesOn)
        socket.on('message', (data: Buffer) => data[0] === 0xff && socket.send(data))
      }
    },
    drop: () => first?.terminate(),
    comeBack: () => {
      isAway = false
    },
  }
}

describe('1. a drop while its output is read', () => {
  it('makes the published client deaf: connected again, it hands nothing over', async () => {
    const line = dropsOnce()
    const server = await stub(line.answer)
    const read = reading(await published(server.authority))
    line.drop()
    await until(() => server.dials === 2)
    await sleep(1_500)
    expect(read).toEqual({ text: '', ended: false })
  })

  it('costs ours one new connection, and not a line', async () => {
    const line = dropsOnce()
    const server = await stub(line.answer)
    const read = reading(await ours(server.authority))
    line.drop()
    await until(() => read.text.includes('line 20\n'))
    expect(read.text).toMatch(/^line 1\nline 2\nline 3\n/)
    expect(server.dials).toBe(2)
  })
})

describe('2. a drop while the reader is inside its loop', () => {
  /** Greets, goes down, and lets the next connection wait for its confirmation. */
  function greetsAndGoes(): { readonly answer: (dial: number) => Answer; drop(): void } {
    let first: WebSocket | undefined
    return {
      answer: (dial) => (socket) => {
        if (dial === 1) {
          first = socket
          confirm(socket, false)
          print(socket, 'hello\n')
          return
        }
        setTimeout(() => {
          confirm(socket, true)
          print(socket, 'line 1\n')
        }, 300)
      },
      drop: () => first?.terminate(),
    }
  }

  /** Asks for the next frame while it is being connected again. */
  async function readOver(session: Frames, line: { drop(): void }, server: Stub): Promise<string> {
    let text = ''
    for await (const frame of session) {
      text += frame.text
      if (text === 'hello\n') {
        line.drop()
        await until(() => server.dials > 1)
      }
      if (text.includes('line 1')) break
    }
    return text
  }

  it('ends the loop of the published client', async () => {
    const line = greetsAndGoes()
    const server = await stub(line.answer)
    expect(await readOver(await published(server.authority), line, server)).toBe('hello\n')
  })

  it('is nothing to ours', async () => {
    const line = greetsAndGoes()
    const server = await stub(line.answer)
    expect(await readOver(await ours(server.authority), line, server)).toBe('hello\nline 1\n')
  })
})

describe('3. what is sent into a black hole before the cut', () => {
  const COUNT = 200
  /** A shell behind a network that swallows everything, and is cut afterwards. */
  async function throughBlackHole(send: (authority: string) => Promise<{ send(line: string): Promise<unknown> }>) {
    const server = await startServer()
    const [host = '', port = ''] = server.authority.split(':')
    const proxy = await startChaosProxy({ target: { host, port: Number(port) } })
    endings.push(
      () => server[Symbol.asyncDispose](),
      () => proxy.close(),
    )
    const session = await send(proxy.address)
    await session.send('stty -echo; n=0; while read -r line; do n=$((n+1)); echo "<$n $line>"; done\n')
    const output = (): number => server.host.list()[0]?.outputBytes ?? 0
    await until(() => output() > 10)
    proxy.blackHole({ direction: 'up' })
    const sends: Promise<unknown>[] = []
    for (let n = 1; n <= COUNT; n++) sends.push(session.send(`line ${n}\n`))
    await sleep(100)
    proxy.cut()
    proxy.heal()
    return { session, sends }
  }

  it('is lost by the published client, which says that it was sent', async () => {
    const reads: { text: string }[] = []
    const { session, sends } = await throughBlackHole(async (authority) => {
      const opened = await published(authority)
      reads.push(reading(opened))
      return opened
    })
    await Promise.all(sends)
    await sleep(100)
    await session.send('after\n')
    await sleep(1_000)
    expect(reads[0]?.text).not.toContain(`line ${COUNT}`)
  })

  it('is delivered by ours, all of it, in order, once', async () => {
    const reads: { text: string }[] = []
    const { session, sends } = await throughBlackHole(async (authority) => {
      const opened = await ours(authority)
      reads.push(reading(opened))
      return opened
    })
    await Promise.all(sends)
    await session.send('after\n')
    await until(() => reads[0]?.text.includes(`<${COUNT + 1} after>`) ?? false)
    const lines = reads[0]?.text.match(/<\d+ line \d+>/g) ?? []
    expect(lines).toEqual(Array.from({ length: COUNT }, (_, n) => `<${n + 1} line ${n + 1}>`))
  })
})

describe('4. a server that will not have it any more', () => {
  const refusing = (status: number) => {
    let first: WebSocket | undefined
    return {
      answer: (dial: number): Answer => {
        if (dial > 1) return status
        return (socket) => {
          first = socket
          confirm(socket, false)
        }
      },
      drop: () => first?.terminate(),
    }
  }

  it.each([401, 403, 404])('is hammered by the published client after a %i', async (status) => {
    const line = refusing(status)
    const server = await stub(line.answer)
    const session = await published(server.authority)
    line.drop()
    await until(() => server.dials > 20)
    expect(session.exitCode).toBe(null)
  })

  it('is believed by ours after a second 401, with fresh credentials', async () => {
    const line = refusing(401)
    const server = await stub(line.answer)
    const session = await ours(server.authority)
    line.drop()
    expect(await session.result).toMatchObject({ kind: 'lost' })
    expect(server.dials).toBe(3)
  })

  it.each([403, 404])(
    'is asked a few times by ours after a %i that may be of a proxy, which is reported',
    async (status) => {
      const line = refusing(status)
      const server = await stub(line.answer)
      const session = await ours(server.authority, { retry: {} })
      line.drop()
      await until(() => server.dials > 2)
      await sleep(1_500)
      expect(server.dials).toBeLessThanOrEqual(12)
      expect(session.explain()).toContain(String(status))
    },
  )

  const dropping = (dial: number): Answer => {
    return (socket) => {
      confirm(socket, dial > 1)
      setTimeout(() => socket.terminate(), 5)
    }
  }

  it('that accepts and drops is dialed hundreds of times by the published client', async () => {
    const server = await stub(dropping)
    await published(server.authority, { reconnectConfig: {} })
    await until(() => server.dials > 100)
  })

  it('that accepts and drops is backed off from by ours', async () => {
    const server = await stub(dropping)
    await ours(server.authority, { retry: {} })
    await sleep(1_500)
    expect(server.dials).toBeLessThanOrEqual(12)
  })
})

describe('5. a program that prints more than is read', () => {
  const MEGABYTES = 16
  const flood = `stty -echo; head -c ${MEGABYTES}000000 /dev/zero\n`

  it('fills the memory of the published client', async () => {
    const server = await startServer()
    endings.push(() => server[Symbol.asyncDispose]())
    const session = await published(server.authority)
    const before = process.memoryUsage().arrayBuffers
    await session.send(flood)
    await until(() => (server.host.list()[0]?.outputBytes ?? 0) > MEGABYTES * 1e6)
    // All of it left the server, and nobody has read a byte.
    await until(() => process.memoryUsage().arrayBuffers - before > (MEGABYTES / 2) * 1e6)
  })

  it('is held back by ours until it is read, and all of it comes', async () => {
    const server = await startServer()
    endings.push(() => server[Symbol.asyncDispose]())
    const session = await ours(server.authority)
    const printed = (): number => server.host.list()[0]?.outputBytes ?? 0
    await session.send(flood)
    let before = -1
    for (; printed() !== before || before < 1_000; await sleep(200)) before = printed()
    expect(printed()).toBeLessThan(1_000_000)
    let zeros = 0
    for await (const { payload } of session) {
      for (const byte of payload) if (byte === 0) zeros++
      if (zeros === MEGABYTES * 1e6) break
    }
  })
})

describe('7. close() while it is being connected again', () => {
  const killed = (server: Stub): boolean => server.frames.some((frame) => frame[0] === 0xff)

  it('kills nothing with the published client', async () => {
    const line = away({ goesOn: true })
    const server = await stub(line.answer)
    const session = await published(server.authority)
    line.drop()
    await until(() => server.dials > 2)
    await session.close()
    line.comeBack()
    await sleep(1_000)
    expect(killed(server)).toBe(false)
  })

  it('goes on until the shell is dead with ours, and says so', async () => {
    const line = away({ goesOn: true })
    const server = await stub(line.answer)
    const session = await ours(server.authority, { killTimeoutMs: 10_000 })
    line.drop()
    await until(() => server.dials > 2)
    const closing = session.kill()
    line.comeBack()
    expect(await closing).toMatchObject({ killed: true })
    expect(killed(server)).toBe(true)
  })
})

describe('8. characters and pastes of any size', () => {
  const euro = (): Answer => (socket) => {
    confirm(socket, false)
    const bytes = Buffer.from('€')
    print(socket, bytes.subarray(0, 1))
    print(socket, bytes.subarray(1))
  }

  it('are broken by the published client where a frame cuts them', async () => {
    const server = await stub(euro)
    const read = reading(await published(server.authority))
    await until(() => read.text.length > 1)
    expect(read.text).toContain('\ufffd')
  })

  it('are whole with ours', async () => {
    const server = await stub(euro)
    const read = reading(await ours(server.authority))
    await until(() => read.text.length > 0)
    expect(read.text).toBe('€')
  })

  const silent = (): Answer => (socket) => confirm(socket, false)

  it('are refused by the published client from 64 KiB on', async () => {
    const server = await stub(silent)
    const session = await published(server.authority)
    await expect(session.send('x'.repeat(65_536))).rejects.toThrow('limit')
  })

  it('are split by ours', async () => {
    const server = await stub(silent)
    const session = await ours(server.authority)
    void session.send('x'.repeat(65_536)).catch(() => {})
    await until(() => server.typed.length === 65_536)
    expect(Math.max(...server.frames.map(({ length }) => length))).toBeLessThanOrEqual(65_536)
  })
})

describe('9. leaving the loop', () => {
  const pings = async (): Promise<{ server: Stub; count: () => number }> => {
    let count = 0
    const server = await stub(() => (socket) => {
      confirm(socket, false)
      print(socket, 'hello\n')
      socket.on('ping', () => count++)
    })
    return { server, count: () => count }
  }
  const once = async (session: Frames): Promise<void> => {
    for await (const _ of session) break
  }

  it('stops the keepalive of the published client', async () => {
    const { server, count } = await pings()
    const session = await published(server.authority, { keepaliveIntervalMs: 20 })
    await once(session)
    // What comes after it on the same connection tells that every ping of before is counted.
    await session.send('x')
    await until(() => server.typed === 'x')
    const before = count()
    await sleep(500)
    expect(count()).toBe(before)
  })

  it('does not stop ours', async () => {
    const { server, count } = await pings()
    await once(await ours(server.authority, { liveness: { intervalMs: 20, timeoutMs: 30_000 } }))
    const before = count()
    await until(() => count() > before + 3)
  })
})

describe('10. what is typed while it is away, and the shell is gone when it is back', () => {
  it('is typed by the published client into the new one', async () => {
    const line = away({ goesOn: false })
    const server = await stub(line.answer)
    const session = await published(server.authority)
    line.drop()
    await until(() => server.dials > 1)
    const sent = session.send('rm -rf build\n')
    line.comeBack()
    await sent
    await until(() => server.typed.includes('rm -rf build'))
  })

  it('is rejected by ours', async () => {
    const line = away({ goesOn: false })
    const server = await stub(line.answer)
    const session = await ours(server.authority)
    line.drop()
    await until(() => server.dials > 1)
    const sent = session.send('rm -rf build\n').then(
      () => 'sent',
      () => 'rejected',
    )
    line.comeBack()
    expect(await sent).toBe('rejected')
    await session.send('ls\n').catch(() => {})
    await sleep(100)
    expect(server.typed).not.toContain('rm')
  })
})

describe('6. a confirmation that comes late', () => {
  it('costs the published client the confirmation, and is no connection yet; ours rejects', async () => {
    const { shown, ours: outcome } = await late
    // Taken for connected without having been told so: what the service said of the shell came too late to be read.
    expect(shown).toEqual({ text: 'first\nsecond\n', reconnected: false })
    expect(outcome).toBe('shell/unreachable')
  })
})
