import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { qwenProgram } from '../../scripts/qwen.ts'
import { browserOfFile, openTab } from '../e2e/console/browser.ts'
import { CLI_MAIN, type GatewayProcess, run, startGateway } from '../e2e/gateway-process.ts'
import { endShellHost } from '../e2e/support/shell-host.ts'
import { FIRST, startModel, WORDS } from './scripted-model.ts'

const chromium = browserOfFile()

/** Two turns of Qwen Code, its question answered in the console. @returns what is in the log of it */
async function twoTurns(isKilled: boolean): Promise<readonly string[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-qwen-')))
  const file = join(folder, 'hello.txt')
  await using model = await startModel(file)
  const variables = { HOME: folder, OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'none', OPENAI_MODEL: 'scripted' }
  const start = (port: number): Promise<GatewayProcess> =>
    startGateway([
      ...['--port', String(port), '--data', join(folder, 'data'), '--token', 't', '--shell', 'none'],
      ...[
        '--agent',
        `qwen=${process.execPath} ${qwenProgram()} --acp --approval-mode default`,
        '--agent-folder',
        folder,
      ],
      ...Object.entries(variables).flatMap(([name, value]) => ['--agent-env', `${name}=${value}`]),
    ])
  let gateway = await start(0)
  onTestFinished(async () => {
    await gateway.stop('SIGKILL')
    await endShellHost(join(folder, 'data'), 'agent-host')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const cli = (...words: string[]) => {
    const { child, ended } = run(CLI_MAIN, ['agent', ...words], { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 't' })
    child.stdin?.end()
    return ended
  }
  const session = (await cli('run', 'qwen', FIRST, '--detach')).stdout.trim()
  const context = await chromium.browser.newContext({ serviceWorkers: 'block' })
  onTestFinished(() => context.close())
  const { page } = await openTab(context, `${gateway.url}/#${new URLSearchParams({ token: 't', session })}`)
  await page.getByText('word20 ').first().waitFor()
  if (isKilled) {
    await gateway.stop('SIGKILL')
    gateway = await start(gateway.port)
  }
  await page.locator('.question button.primary').click()
  await page.getByText('It is written.').first().waitFor()
  expect(readFileSync(file, 'utf8')).toBe('hello\n')
  await page.getByRole('button', { name: 'Stop' }).waitFor({ state: 'detached' })
  const second = await cli('attach', session, 'The other thing')
  expect(second).toMatchObject({ code: 0, stdout: 'The second turn.\n' })
  return logOf(gateway.url, session, folder)
}

/** What people see of a session, without what is another each time. */
async function logOf(url: string, session: string, folder: string): Promise<readonly string[]> {
  const shown: string[] = []
  for (let offset = 0; ; ) {
    const path = `/api/hub/session/${session}/events/history?limit=500&offset=${offset}`
    const response = await fetch(`${url}${path}`, { headers: { authorization: 'Bearer t' } })
    const { events, total } = await response.json()
    offset += events.length
    for (const { event, category, payload = {} } of events) {
      if (category === 'hub') continue
      const { delta, content, thinking, toolName, stopReason, outcome } = payload
      const said = [delta, content, thinking, toolName, stopReason, outcome].filter((part) => typeof part === 'string')
      shown.push([event, ...said].join(' ').replaceAll(folder, '<folder>'))
    }
    if (events.length === 0 || offset >= total) return shown
  }
}

it('Qwen Code has two turns over a kill of the gateway: the log is the same as without it', async () => {
  const without = await twoTurns(false)
  const killed = await twoTurns(true)
  expect(without.filter((line) => line.startsWith('turn_end'))).toEqual(['turn_end end_turn', 'turn_end end_turn'])
  expect(without.filter((line) => line.startsWith('message_end'))).toContain(`message_end ${WORDS.join('')}`)
  // Qwen Code tells its commands when it has found them, at no particular place of the turn.
  const isAnytime = (line: string): boolean => line === 'available_commands_update'
  expect(killed.filter(isAnytime)).toEqual(without.filter(isAnytime))
  expect(killed.filter((line) => !isAnytime(line))).toEqual(without.filter((line) => !isAnytime(line)))
})
