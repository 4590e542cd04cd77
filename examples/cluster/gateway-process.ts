import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../apps/gateway/dist/main.js', import.meta.url))

/** A gateway as it is shipped, in a process of its own. */
export interface GatewayProcess {
  readonly name: string
  readonly port: number
  readonly child: ChildProcess
  /** Resolves when it is gone. */
  end(signal: NodeJS.Signals): Promise<void>
}

/** Starts a gateway on a store that others use too, and resolves when it listens. */
export async function startGateway(
  name: string,
  setup: { readonly store: string; readonly token: string; readonly data: string },
): Promise<GatewayProcess> {
  const place = ['--node', name, '--port', '0', '--data', `${setup.data}/${name}`, '--json']
  const env = { ...process.env, HOLDFAST_STORE: setup.store, HOLDFAST_TOKENS: setup.token, HOLDFAST_NATS_SHARDS: '4' }
  const child = spawn(process.execPath, [MAIN, ...place], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2_000)
  })
  const listening = once(createInterface({ input: child.stdout }), 'line')
  const died = ended.then(() => Promise.reject(new Error(`gateway ${name} did not start: ${complaint}`)))
  const [line] = await Promise.race([listening, died])
  died.catch(() => {})
  const { url }: { url: string } = JSON.parse(String(line))
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await ended
  }
  return { name, port: Number(new URL(url).port), child, end }
}
