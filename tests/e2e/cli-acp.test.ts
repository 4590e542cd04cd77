import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { AGENT_FILE, CLI_MAIN, type GatewayProcess, type Running, run, startGateway } from './gateway-process.ts'
import { endShellHost } from './support/shell-host.ts'
import { numbersTo, StdioEditor } from './support/stdio-editor.ts'

const CHUNKS = 300

const ending: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-cli-acp-')))
  ending.push(async () => {
    await endShellHost(join(folder, 'data'), 'agent-host')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  return folder
}

/** The command with its pipes. */
function command(url: string): Running {
  const running = run(CLI_MAIN, ['acp', '--url', url], { HOLDFAST_TOKEN: 't' })
  ending.push(() => running.child.kill('SIGKILL'))
  return running
}

/** A gateway with the scripted agent, and an editor at the command that is in a turn of so many chunks. */
async function editorInTurn(chunks: number, everyMs: number) {
  const folder = newFolder()
  const journal = join(folder, 'journal')
  const start = (port: number): Promise<GatewayProcess> =>
    startGateway([
      ...['--port', String(port), '--data', join(folder, 'data'), '--token', 't', '--shell', 'none'],
      ...['--agent', `other=${process.execPath} -e 0`, '--agent', `scripted=${process.execPath} ${AGENT_FILE}`],
      ...['--agent-folder', folder, '--agent-env', `AGENT_JOURNAL=${journal}`],
    ])
  let gateway = await start(0)
  ending.push(async () => {
    await gateway.stop('SIGKILL')
    for (const [, pid] of readFileSync(journal, 'utf8').matchAll(/^begin (\d+)/gm)) process.kill(Number(pid), 'SIGKILL')
    await endShellHost(join(folder, 'data'), 'agent-host')
  })
  const kill = async (): Promise<void> => {
    await gateway.stop('SIGKILL')
    gateway = await start(gateway.port)
  }
  const editor = new StdioEditor(['--url', gateway.url, '--agent', 'scripted'], { HOLDFAST_TOKEN: 't' })
  ending.push(() => editor.kill('SIGKILL'))
  const turn = editor.prompt(await editor.session(folder), `chunks 1 ${chunks} ${everyMs}`)
  await expect.poll(() => editor.texts.length).toBeGreaterThan(50)
  const metric = async (name: string): Promise<number> => {
    const headers = { authorization: 'Bearer t' }
    const said = await (await fetch(`${gateway.url}/metrics`, { headers })).text()
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(said)?.[1])
  }
  return { editor, turn, kill, metric }
}

it('an editor that only starts programs has a turn over a kill of the gateway, and sees none of it', async () => {
  const { editor, turn, kill } = await editorInTurn(CHUNKS, 3)
  await kill()
  expect(await turn).toBe('end_turn')
  expect(editor.text).toBe(numbersTo(CHUNKS))
  const { code, stderr } = await editor.close()
  expect(code).toBe(0)
  expect(stderr).not.toContain('Error')
})

it('a program that is stopped in a turn, and goes on when the turn is over, misses nothing of it', async () => {
  const { editor, turn, metric } = await editorInTurn(2_000, 2)
  editor.kill('SIGSTOP')
  // The agent continues without it, for some seconds.
  await expect.poll(() => metric('holdfast_acp_turns'), { timeout: 60_000, interval: 200 }).toBe(0)
  expect(editor.texts.length).toBeLessThan(2_000)
  editor.kill('SIGCONT')
  expect(await turn).toBe('end_turn')
  expect(editor.text).toBe(numbersTo(2_000))
})

it('a line that is no message is answered by the command itself', async () => {
  const { child } = command('http://127.0.0.1:1')
  child.stdin?.write('{\n[]\n')
  let read = ''
  child.stdout?.on('data', (chunk) => {
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
  const gateway = await startGateway([...args, '--agent', `scripted=${process.execPath} ${AGENT_FILE}`])
  ending.push(() => gateway.stop('SIGKILL'))
  const { child, ended } = command(gateway.url)
  child.stdin?.write('{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":1}}\n')
  const { code, stderr } = await ended
  expect(code).toBe(4)
  expect(stderr).toMatch(/^holdfast: .*token/)
  expect(stderr).not.toMatch(/\n\s+at /)
})
