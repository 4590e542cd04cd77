import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { client, methods } from '@agentclientprotocol/sdk'
import { acpStream } from '@holdfast/acp'
import { nodeWebSocket } from '@holdfast/transport-node'
import { startGateway, TOKENS } from './gateway.ts'
import { cpuMsOf, waitedMsOf } from './process-cost.ts'

/** Agents at work on one gateway as it is shipped, with the embedded store: what its event loop is late. */
const SESSIONS = 50
const EVERY_MS = 50
const FOR_MS = 10_000
const SETTLE_MS = 2_000
/** The loop is looked at so often, and what is reported has this time in it. */
const LOOK_MS = 10
const AGENT = fileURLToPath(new URL('../../../packages/acp-host/test/support/scripted-agent.mjs', import.meta.url))

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const tell = (what: string, value: string): void => void process.stdout.write(`  ${what.padEnd(60)} ${value}\n`)

const folder = mkdtempSync(join(tmpdir(), 'holdfast-agents-'))
const agent = `scripted=${process.execPath} ${AGENT}`
const gateway = await startGateway(['--data', join(folder, 'data'), '--agent', agent, '--agent-folder', folder])

let updates = 0

/** An editor with a session of its own. */
async function editor(at: number): Promise<{ readonly turn: (chunks: number) => Promise<unknown>; close(): void }> {
  const stream = acpStream({
    transport: nodeWebSocket(),
    url: `ws://127.0.0.1:${gateway.port}/acp`,
    token: TOKENS[at % TOKENS.length],
  })
  const app = client({ name: 'bench' }).onNotification(methods.client.session.update, () => {
    updates += 1
  })
  const connection = app.connect(stream)
  const { agent } = connection
  await agent.request(methods.agent.initialize, { protocolVersion: 1, clientCapabilities: {} })
  const { sessionId } = await agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
  const turn = (chunks: number): Promise<unknown> => {
    const text = `chunks 1 ${chunks} ${EVERY_MS}`
    return agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] })
  }
  return { turn, close: () => connection.close() }
}

/** What the gateway's event loop was late since the last time, as its metrics have it: they are counted anew each time. */
async function loopDelay(): Promise<{ readonly p50: number; readonly p99: number; readonly max: number }> {
  const text = await (await fetch(`http://127.0.0.1:${gateway.port}/metrics`)).text()
  const ms = (name: string): number => {
    const seconds = Number(new RegExp(`^nodejs_eventloop_lag_${name}_seconds (.*)$`, 'm').exec(text)?.[1])
    return Math.max(0, seconds * 1_000 - LOOK_MS)
  }
  return { p50: ms('p50'), p99: ms('p99'), max: ms('max') }
}

const editors = await Promise.all(Array.from({ length: SESSIONS }, (_, at) => editor(at)))
const turns = editors.map(({ turn }) => turn((FOR_MS + 2 * SETTLE_MS) / EVERY_MS))
await after(SETTLE_MS)
await loopDelay()
const [before, cpuBefore, waitedBefore] = [updates, cpuMsOf([gateway.pid]), waitedMsOf(gateway.pid)]
const began = performance.now()
await after(FOR_MS)
const took = performance.now() - began
const { p50, p99, max } = await loopDelay()
const wanted = SESSIONS * (1_000 / EVERY_MS)
tell(
  `${SESSIONS} sessions of agents, updates a second (${wanted} wanted)`,
  ((updates - before) / (took / 1_000)).toFixed(0),
)
tell(
  'event loop of the gateway late, p99 (<= 50 ms)',
  `${p99.toFixed(1)} ms (p50 ${p50.toFixed(1)}, most ${max.toFixed(1)})`,
)
const share = (ms: number): string => `${((ms / took) * 100).toFixed(0)} %`
tell('processor time of the gateway, of one core', share(cpuMsOf([gateway.pid]) - cpuBefore))
tell('it was ready and had no processor: a busy machine', share(waitedMsOf(gateway.pid) - waitedBefore))
await Promise.all(turns)
for (const one of editors) one.close()
await gateway.stop()
// The process of the agents ends by itself, where nothing is left to wait for it.
const host = join(folder, 'data/agent-host/host.json')
if (existsSync(host)) process.kill(JSON.parse(readFileSync(host, 'utf8')).pid, 'SIGTERM')
await after(1_000)
rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
process.exit(0)
