import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { client, methods, ndJsonStream, PROTOCOL_VERSION } from '@agentclientprotocol/sdk'
import { afterEach, expect, it } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const AGENT = fileURLToPath(new URL('../../packages/acp-host/test/support/scripted-agent.mjs', import.meta.url))
const CLI = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url))
const CHUNKS = 300

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-cli-acp-')))
  ending.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return folder
}

/** The command as an editor starts it, with what it wrote to stderr. */
function command(url: string, ...words: string[]) {
  const env = { ...process.env, HOLDFAST_TOKEN: 't' }
  const child = spawn(process.execPath, [CLI, 'acp', '--url', url, ...words], { env, stdio: 'pipe' })
  ending.push(() => child.kill('SIGKILL'))
  const told = { text: '' }
  child.stderr.on('data', (chunk) => {
    told.text += String(chunk)
  })
  return { child, told, ended: once(child, 'exit') }
}

/** A gateway with the scripted agent, and an editor at the command that is in a turn of so many chunks. */
async function editorInTurn(chunks: number, everyMs: number) {
  const folder = newFolder()
  const journal = join(folder, 'journal')
  const start = (port: number): Promise<GatewayProcess> =>
    startGateway([
      ...['--port', String(port), '--data', join(folder, 'data'), '--token', 't', '--shell', 'none'],
      ...['--agent', `other=${process.execPath} -e 0`, '--agent', `scripted=${process.execPath} ${AGENT}`],
      ...['--agent-folder', folder, '--agent-env', `AGENT_JOURNAL=${journal}`],
    ])
  let gateway = await start(0)
  ending.push(async () => {
    await gateway.stop('SIGKILL')
    for (const [, pid] of readFileSync(journal, 'utf8').matchAll(/^begin (\d+)/gm)) process.kill(Number(pid), 'SIGKILL')
  })
  const kill = async (): Promise<void> => {
    await gateway.stop('SIGKILL')
    gateway = await start(gateway.port)
  }
  const program = command(gateway.url, '--agent', 'scripted')
  const { child } = program
  const texts: string[] = []
  const app = client({ name: 'editor' }).onNotification(methods.client.session.update, ({ params: { update } }) => {
    if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text')
      texts.push(update.content.text)
  })
  const stream = ndJsonStream(Writable.toWeb(child.stdin), Readable.toWeb(child.stdout) as ReadableStream<Uint8Array>)
  const { agent } = app.connect(stream)
  await agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
  const { sessionId } = await agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
  const text = `chunks 1 ${chunks} ${everyMs}`
  const turn = agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text }] })
  await expect.poll(() => texts.length).toBeGreaterThan(50)
  const metric = async (name: string): Promise<number> => {
    const headers = { authorization: 'Bearer t' }
    const said = await (await fetch(`${gateway.url}/metrics`, { headers })).text()
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(said)?.[1])
  }
  return { ...program, texts, turn, kill, metric }
}

const numbersTo = (last: number): string => Array.from({ length: last }, (_, at) => `${at + 1} `).join('')

it('an editor that only starts programs has a turn over a kill of the gateway, and sees none of it', async () => {
  const { child, told, ended, texts, turn, kill } = await editorInTurn(CHUNKS, 3)
  await kill()
  expect((await turn).stopReason).toBe('end_turn')
  expect(texts.join('')).toBe(numbersTo(CHUNKS))
  child.stdin.end()
  expect(await ended).toEqual([0, null])
  expect(told.text).not.toContain('Error')
})

it('a program that is stopped in a turn, and goes on when the turn is over, misses nothing of it', async () => {
  const { child, texts, turn, metric } = await editorInTurn(2_000, 2)
  child.kill('SIGSTOP')
  // The agent goes on without it, for some seconds.
  await expect.poll(() => metric('holdfast_acp_turns'), { timeout: 60_000, interval: 200 }).toBe(0)
  expect(texts.length).toBeLessThan(2_000)
  child.kill('SIGCONT')
  expect((await turn).stopReason).toBe('end_turn')
  expect(texts.join('')).toBe(numbersTo(2_000))
})

it('a line that is no message is answered by the command itself', async () => {
  const { child } = command('http://127.0.0.1:1')
  child.stdin.write('{\n[]\n')
  let read = ''
  child.stdout.on('data', (chunk) => {
    read += String(chunk)
  })
  await expect.poll(() => read.split('\n').length).toBe(3)
  const [broken, batch] = read.split('\n')
  expect(JSON.parse(broken ?? '')).toMatchObject({ id: null, error: { code: -32700 } })
  expect(JSON.parse(batch ?? '')).toMatchObject({ id: null, error: { code: -32600 } })
})

it('a token that is refused ends the command with a sentence and exit code 4', async () => {
  const folder = newFolder()
  const args = ['--port', '0', '--data', join(folder, 'data'), '--token', 'another', '--shell', 'none']
  const gateway = await startGateway([...args, '--agent', `scripted=${process.execPath} ${AGENT}`])
  ending.push(() => gateway.stop('SIGKILL'))
  const { child, told, ended } = command(gateway.url)
  child.stdin.write('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":1}}\n')
  expect(await ended).toEqual([4, null])
  expect(told.text).toMatch(/^holdfast: .*token/)
  expect(told.text).not.toMatch(/\n\s+at /)
})
