import { freePort } from '../../e2e/support/free-port.ts'
import type { Probe } from './compare.ts'
import { sleep, socketServer, until } from './servers.ts'
import type { Runtime } from './shell-module.ts'
import {
  bare,
  CLOSE,
  confirmation,
  exit,
  QUICK,
  read,
  service,
  sessionOf,
  settled,
  status,
  stderr,
  stdout,
} from './shell-support.ts'

const probes: Probe<Runtime>[] = []
const probe = (name: string, run: (runtime: Runtime) => Promise<unknown>): void => void probes.push({ name, run })

// ---- before and while connecting ----------------------------------------------------------------

probe('members', async (runtime) => {
  const { shellId, sessionId, reconnected, kicked, bytesDropped, exitCode } = sessionOf(runtime, 'ws://127.0.0.1:9')
  return { shellId, sessionId, reconnected, kicked, bytesDropped, exitCode }
})
probe('ids-by-default', async (runtime) => {
  const { shellId, sessionId } = new runtime.ShellSession({ connectFn: async () => ({ url: '', headers: {} }) })
  return [shellId, sessionId].map((id) => /^[0-9a-f-]{36}$/.test(id))
})
probe('ids-refused', async (runtime) =>
  ['', '-a', 'a b', 'a'.repeat(129), 'é'].map((shellId) => {
    try {
      return typeof sessionOf(runtime, '', { shellId })
    } catch {
      return 'throws'
    }
  }),
)
probe('connect', async (runtime) => {
  const server = await service()
  const asked: unknown[] = []
  const connectFn = async (...ids: unknown[]) => {
    asked.push(...ids.slice(0, 2))
    return { url: server.url, headers: { 'x-a': 'b' }, protocols: undefined }
  }
  const session = sessionOf(runtime, '', { connectFn })
  const isSame = (await session.connect()) === session
  const again = await settled(session.connect())
  const header = server.seen[0]?.headers['x-a']
  await session.close()
  server.stop()
  return { asked, isSame, header, again, dials: server.seen.length }
})
probe('connect-after-close', async (runtime) => {
  const server = await service()
  const session = sessionOf(runtime, server.url)
  await session.connect()
  await session.close()
  const again = [await settled(session.connect()), await settled(session.send('x')), await settled(session.close())]
  server.stop()
  return again
})
probe('connect-fails-in-connectFn', async (runtime) => {
  const mine = new Error('no credentials')
  const connectFn = () => Promise.reject(mine)
  const ends: unknown[] = []
  for (const reconnectConfig of [undefined, {}]) {
    const from = Date.now()
    const session = sessionOf(runtime, '', { connectFn, reconnectConfig })
    const error = await session.connect().catch((caught: unknown) => caught)
    ends.push(error === mine, Date.now() - from < 4_000)
  }
  return ends
})
probe('connect-refused', async (runtime) => {
  const server = await socketServer(
    () => {},
    () => 403,
  )
  const error = await sessionOf(runtime, server.url, { reconnectConfig: {} })
    .connect()
    .catch((caught: unknown) => caught)
  server.stop()
  return [error instanceof Error, /403/.test(String(error))]
})
probe('connect-unreachable', async (runtime) => {
  const url = `ws://127.0.0.1:${await freePort()}`
  const from = Date.now()
  const error = await sessionOf(runtime, url, { reconnectConfig: {} })
    .connect()
    .catch((caught: unknown) => caught)
  return [error instanceof Error, Date.now() - from < 4_000]
})
probe('connect-without-a-connection', async (runtime) => {
  const session = sessionOf(runtime, 'ws://127.0.0.1:9')
  return [await settled(session.send('x')), await read(session, 1, 500)]
})
probe('close-while-connecting', async (runtime) => {
  const server = await bare(() => {})
  const session = sessionOf(runtime, server.url, { closeTimeoutMs: 4_000 })
  const connecting = settled(session.connect())
  await until(() => server.seen.length === 1)
  const from = Date.now()
  await session.close()
  const quick = Date.now() - from < 2_500
  const ended = await connecting
  server.stop()
  return { ended, quick }
})

// ---- frames -------------------------------------------------------------------------------------

probe('frames', async (runtime) => {
  const server = await bare((socket) => {
    socket.send(stdout('early'))
    socket.send(confirmation({ shellId: 'other' }))
    socket.send(stdout('late'))
    socket.send(stderr('error'))
    socket.send(Buffer.from([9, 65]))
    socket.send(Buffer.from([5]))
    socket.send(status({ metadata: {}, status: 'Progress' }))
    socket.send(stdout('x'))
  })
  const session = sessionOf(runtime, server.url)
  await session.connect()
  const came = await read(session, 6)
  const { shellId } = session
  await session.close()
  server.stop()
  return { came, shellId }
})
probe('frames-have-buffers', async (runtime) => {
  const server = await service((socket) => socket.send(stdout('x')))
  const session = sessionOf(runtime, server.url)
  await session.connect()
  const kinds: unknown[] = []
  for await (const { payload } of session) {
    kinds.push(Buffer.isBuffer(payload), String(payload))
    break
  }
  await session.close()
  server.stop()
  return kinds
})
for (const code of [0, 3, 255]) {
  probe(`exit-${code}`, async (runtime) => {
    const server = await service((socket) => {
      socket.send(stdout('bye'))
      socket.send(exit(code))
      setTimeout(() => socket.close(1000), 50)
    })
    const session = sessionOf(runtime, server.url)
    await session.connect()
    const came = await read(session)
    server.stop()
    return { came, exitCode: session.exitCode }
  })
}
probe('exit-of-a-platform', async (runtime) => {
  const server = await service((socket) => socket.send(status({ metadata: {}, status: 'Failure', message: 'm' })))
  const session = sessionOf(runtime, server.url)
  await session.connect()
  const came = await read(session)
  server.stop()
  return { came, exitCode: session.exitCode }
})
for (const closes of [true, false]) {
  probe(closes ? 'close-frame' : 'close-frame-and-an-open-socket', async (runtime) => {
    const server = await service((socket) => {
      socket.send(stdout('x'))
      socket.send(CLOSE)
      if (closes) setTimeout(() => socket.close(1000), 50)
    })
    const session = sessionOf(runtime, server.url, { reconnectConfig: QUICK })
    await session.connect()
    const came = await read(session)
    server.stop()
    return { came, exitCode: session.exitCode, dials: server.seen.length }
  })
}
probe('exit-and-an-open-socket', async (runtime) => {
  const server = await service((socket) => socket.send(exit(3)))
  const session = sessionOf(runtime, server.url, { reconnectConfig: QUICK })
  await session.connect()
  const came = await read(session)
  server.stop()
  return { came, exitCode: session.exitCode, dials: server.seen.length }
})

// ---- drops --------------------------------------------------------------------------------------

for (const code of [1000, 1003, 1006, 1009, 1011, 4000, 4003, 4004, 4008, 4010]) {
  probe(`drop-${code}`, async (runtime) => {
    const server = await service((socket, dial) => {
      if (dial === 0) setTimeout(() => (code === 1006 ? socket.terminate() : socket.close(code, 'why')), 30)
    })
    const session = sessionOf(runtime, server.url, { reconnectConfig: QUICK })
    await session.connect()
    const reading = read(session, 1, 5_000)
    await Promise.race([reading, until(() => server.seen.length > 1, 5_000)])
    const { kicked } = session
    const ends = server.seen.length > 1 ? 'dials again' : await reading
    server.stop()
    return { ends, kicked }
  })
}
probe('drop-without-retries', async (runtime) => {
  const server = await service((socket, dial) => {
    if (dial === 0) setTimeout(() => socket.terminate(), 30)
  })
  const session = sessionOf(runtime, server.url)
  await session.connect()
  const came = await read(session)
  const sent = await settled(session.send('x'))
  const again = await settled(session.connect())
  const { reconnected } = session
  server.stop()
  return { came, sent, again, reconnected, dials: server.seen.length }
})
probe('kick-and-connect-again', async (runtime) => {
  const server = await service((socket, dial) => {
    if (dial === 0) setTimeout(() => socket.close(4000), 30)
  })
  const session = sessionOf(runtime, server.url)
  await session.connect()
  await read(session)
  const { kicked } = session
  const again = await settled(session.connect())
  const ends = { kicked, again, after: session.kicked }
  server.stop()
  return ends
})
probe('window-with-a-silent-server', async (runtime) => {
  const server = await service((socket, dial) => {
    if (dial === 0) setTimeout(() => socket.terminate(), 30)
  })
  const away = await bare(() => {})
  let url = server.url
  const session = sessionOf(runtime, '', {
    connectFn: async () => ({ url, headers: {} }),
    reconnectConfig: { ...QUICK, reconnectWindow: 300 },
  })
  await session.connect()
  url = away.url
  const from = Date.now()
  const ended = await read(session, 1, 7_000)
  const isQuick = Date.now() - from < 5_000
  server.stop()
  away.stop()
  return { ended, isQuick }
})
probe('bytesDropped', async (runtime) => {
  const server = await bare((socket, dial) => {
    socket.send(confirmation(dial > 0 ? { reconnected: true, bytesDropped: 1_234 } : {}))
    if (dial === 0) setTimeout(() => socket.terminate(), 30)
    else socket.send(stdout('x'))
  })
  const session = sessionOf(runtime, server.url, { reconnectConfig: QUICK })
  await session.connect()
  await until(() => session.bytesDropped > 0)
  const { bytesDropped, reconnected } = session
  server.stop()
  return { bytesDropped, reconnected }
})
probe('onReconnect', async (runtime) => {
  const server = await service((socket, dial) => {
    if (dial === 0) setTimeout(() => socket.terminate(), 30)
  })
  const told: unknown[] = []
  const onReconnect = async (reconnected: boolean) => {
    told.push(reconnected)
    await session.send('from the callback\n')
  }
  const session = sessionOf(runtime, server.url, { reconnectConfig: { ...QUICK, onReconnect } })
  await session.connect()
  await until(() => (server.seen[1]?.frames.length ?? 0) > 0)
  server.stop()
  return { told, typed: server.seen[1]?.frames.map((typed) => typed.toString()) }
})

// ---- sending and closing ------------------------------------------------------------------------

probe('send', async (runtime) => {
  const server = await service()
  const session = sessionOf(runtime, server.url)
  await session.connect()
  const sent = [await settled(session.send('ls\n')), await settled(session.send(new Uint8Array([1, 2])))]
  sent.push(await settled(session.sendHeartbeat()), await settled(session.resize(80, 24)))
  for (const size of [0, 1.5, 'a']) sent.push(await settled(session.resize(size, 2)))
  await session.close()
  await until(() => server.live() === 0)
  server.stop()
  return { sent, frames: server.seen[0]?.frames.map((typed) => typed.toString('latin1')) }
})
probe('send-into-a-black-hole', async (runtime) => {
  const server = await service()
  const session = sessionOf(runtime, server.url, { reconnectConfig: QUICK, keepaliveIntervalMs: 5_000 })
  await session.connect()
  server.seen[0]?.tcp.pause()
  const sends = Array.from({ length: 20 }, (_, n) => settled(session.send(`${n}\n`)))
  await sleep(100)
  server.reset()
  const ends = await Promise.all(sends)
  await session.close()
  server.stop()
  return [...new Set(ends)]
})
probe('keepalive', async (runtime) => {
  let pings = 0
  const server = await service((socket) => socket.on('ping', () => (pings += 1)))
  const session = sessionOf(runtime, server.url, { keepaliveIntervalMs: 500 })
  await session.connect()
  await until(() => pings >= 2)
  await session.close()
  server.stop()
  return pings >= 2
})
probe('keepalive-off', async (runtime) => {
  let pings = 0
  const server = await service((socket) => socket.on('ping', () => (pings += 1)))
  const session = sessionOf(runtime, server.url)
  await session.connect()
  await sleep(300)
  await session.close()
  server.stop()
  return pings
})
probe('close', async (runtime) => {
  const server = await service()
  const session = sessionOf(runtime, server.url)
  await session.connect()
  const reading = read(session)
  await sleep(20)
  await session.close()
  await session.close()
  const ended = await reading
  await until(() => server.live() === 0)
  server.stop()
  return { ended, frames: server.seen[0]?.frames.map((typed) => typed.toString('hex')) }
})
probe('close-and-a-server-that-does-not-answer', async (runtime) => {
  const server = await socketServer((socket) => socket.send(confirmation()))
  const session = sessionOf(runtime, server.url, { closeTimeoutMs: 4_000 })
  await session.connect()
  const from = Date.now()
  await session.close()
  server.stop()
  return Date.now() - from < 2_500 ? 'at once' : 'waits'
})
probe('two-readers', async (runtime) => {
  const server = await service()
  const session = sessionOf(runtime, server.url)
  await session.connect()
  const reading = [read(session, 1, 2_000), read(session, 1, 2_000)]
  await sleep(50)
  for (const { socket } of server.seen) socket.send(stdout('x'))
  const both = await Promise.all(reading)
  await session.close()
  server.stop()
  return both.some((one) => JSON.stringify(one).includes('threw')) ? 'the second is refused' : 'they share'
})

export const sessionProbes: readonly Probe<Runtime>[] = probes
