import { once } from 'node:events'
import { WebSocket } from 'ws'

/**
 * Bytes of the heap of a process that are alive: what is left of it after a collection.
 * @param port where its inspector listens: Node's option `--inspect`
 */
export async function liveHeap(port: number): Promise<number> {
  const targets = await fetch(`http://127.0.0.1:${port}/json/list`, { headers: { connection: 'close' } })
  const [{ webSocketDebuggerUrl }]: readonly [{ webSocketDebuggerUrl: string }] = await targets.json()
  const socket = new WebSocket(webSocketDebuggerUrl)
  await once(socket, 'open')
  const ask = async (method: string): Promise<Readonly<Record<string, number>>> => {
    const answered = once(socket, 'message')
    socket.send(JSON.stringify({ id: 1, method }))
    const [answer] = await answered
    return JSON.parse(String(answer)).result
  }
  try {
    await ask('HeapProfiler.collectGarbage')
    const { usedSize } = await ask('Runtime.getHeapUsage')
    if (usedSize === undefined) throw new Error('expected the size of a heap')
    return usedSize
  } finally {
    socket.close()
  }
}
