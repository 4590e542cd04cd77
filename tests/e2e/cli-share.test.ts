import decodeQR from 'qr/decode.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { CliTerminal } from './cli-terminal.ts'
import { browserOfFile, openTab } from './console/browser.ts'
import { screen } from './console/terminal.ts'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'

let gateway: GatewayProcess
const chromium = browserOfFile()
const terminals: CliTerminal[] = []

beforeAll(async () => {
  const tokens = ['--token', 'secret=me:lead+control+observe+shell']
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', '/bin/sh', ...tokens])
})
afterAll(async () => {
  for (const terminal of terminals) terminal.kill()
  await gateway.stop('SIGTERM')
})

function holdfast(...args: readonly string[]): Promise<Ended> {
  const { child, ended } = run(CLI_MAIN, args, { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 'secret' })
  child.stdin?.end()
  return ended
}

function terminal(...args: readonly string[]): CliTerminal {
  const made = new CliTerminal(args, { HOLDFAST_URL: gateway.url, HOLDFAST_TOKEN: 'secret' })
  terminals.push(made)
  return made
}

async function shellCalled(id: string): Promise<CliTerminal> {
  const shell = terminal('shell', '--id', id)
  await shell.shows(/[$#] /)
  return shell
}

/** What a camera reads from a code of half blocks, white on black. */
function readCode(shown: string): string {
  const lines = shown
    .split(/\r?\n/)
    .filter((line) => line.includes('\u001B[97;40m'))
    .map((line) => line.replace(/\u001B\[[\d;]*m/g, ''))
  const rows = lines.flatMap((line) => [lightOf(line, '█▀'), lightOf(line, '█▄')])
  const scale = 4
  const [width, height] = [(rows[0]?.length ?? 0) * scale, rows.length * scale]
  const data = new Uint8Array(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isLight = rows[Math.floor(y / scale)]?.[Math.floor(x / scale)] === true
      data.fill(isLight ? 255 : 0, (y * width + x) * 4, (y * width + x) * 4 + 4)
    }
  }
  return decodeQR({ width, height, data })
}

function lightOf(line: string, light: string): readonly boolean[] {
  return [...line].map((character) => light.includes(character))
}

it('a link lets a person watch one shell in a browser, says whose rights it gives, and ends when it is revoked', async () => {
  const shell = await shellCalled('build')
  const sharing = terminal('share', 'build')
  await sharing.shows('holdfast share revoke')
  expect(await sharing.ended).toBe(0)
  const [first = ''] = sharing.output.split('\r\n')
  expect(first).toMatch(
    /^Anyone with this link may watch the shell build, with the rights of me there and none elsewhere, for 1 h /,
  )
  const [link = ''] = /http\S+#\S+/.exec(sharing.output) ?? []
  expect(new URL(link).search).toBe('')
  expect(readCode(sharing.output)).toBe(link)

  const context = await chromium.browser.newContext()
  const { page } = await openTab(context, link)
  shell.type('echo shown-$((1+1))\r')
  await screen(page).filter({ hasText: 'shown-2' }).waitFor()
  expect(page.url()).not.toContain('token')
  // Nothing is offered that the link does not let do.
  expect(await page.locator('nav .tab').allTextContents()).toEqual(['Shells', 'Doctor'])
  for (const name of ['All', 'New shell', 'End', 'Take over', 'Take the keyboard', 'Rename'])
    expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0)
  await page.locator('.terminal-box').click()
  await page.keyboard.type('echo nobody-runs-this\n')
  shell.type('echo again-$((1+1))\r')
  await screen(page).filter({ hasText: 'again-2' }).waitFor()
  expect(shell.output).not.toContain('nobody-runs-this')

  const { stdout } = await holdfast('share', 'ls', '--json')
  const { id, role, shell: shared }: Readonly<Record<string, string>> = JSON.parse(stdout)
  expect([role, shared]).toEqual(['observe', 'build'])
  expect((await holdfast('share', 'revoke', String(id))).stdout).toBe(`revoked ${id}\n`)
  shell.type('echo hidden-$((1+1))\r')
  await shell.shows('hidden-2')
  await page.getByRole('heading', { name: 'This link has ended' }).waitFor()
  await page.getByText('It was taken back. Ask its owner for a new one').waitFor()
  expect(await page.locator('body').textContent()).not.toContain('hidden-2')
  await context.close()
})

it('a link for writing must be requested and confirmed: it types into the shell', async () => {
  const shell = await shellCalled('pair')
  const asked = terminal('share', 'pair', '--write', '--for', '10m', '--no-qr')
  await asked.shows('[y/N]')
  asked.type('n\r')
  expect(await asked.ended).toBe(1)
  expect(asked.output).not.toContain('#token')
  expect(await holdfast('share', 'pair', '--write')).toMatchObject({ code: 2, stdout: '' })

  const { stdout, stderr } = await holdfast('share', 'pair', '--write', '--yes')
  expect(stderr).toMatch(/^Anyone with this link may watch and type into the shell pair/)
  // On a phone: the picture comes first, and nothing is taken from anybody before it is asked for.
  const context = await chromium.browser.newContext({
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  const { page } = await openTab(context, stdout.trim())
  shell.type('echo still-mine-$((1+1))\r')
  await screen(page).filter({ hasText: 'still-mine-2' }).waitFor()
  const offer = page.getByRole('region', { name: 'Keyboard' })
  await offer.filter({ hasText: 'The present writer loses the keyboard to you' }).waitFor()
  const box = await page.locator('.xterm-screen').boundingBox()
  expect(box !== null && box.width > 200 && box.height > 50 && box.x + box.width <= 391).toBe(true)
  await offer.getByRole('button', { name: 'Take the keyboard' }).tap()
  expect(await shell.ended).toBe(255)
  await offer.waitFor({ state: 'detached' })
  await screen(page).filter({ hasText: 'still-mine-2' }).waitFor()
  await page.locator('.terminal-box').tap()
  await page.keyboard.type('echo typed-$((1+1))\n')
  await screen(page).filter({ hasText: 'typed-2' }).waitFor()
  await context.close()
})

it('a session can be shared to watch, for a day at most, and a wrong id is said', async () => {
  await holdfast('lead', '--session', 's-1', '--', 'echo', 'hello')
  const { stdout } = await holdfast('share', 's-1', '--for', '24h')
  const context = await chromium.browser.newContext()
  const { page } = await openTab(context, stdout.trim())
  await page.getByText('hello', { exact: true }).first().waitFor()
  await context.close()
  const token = new URLSearchParams(new URL(stdout.trim()).hash.slice(1)).get('token') ?? ''
  const watched = run(CLI_MAIN, ['session', 'export', 's-1', '--text', '--url', gateway.url], { HOLDFAST_TOKEN: token })
  expect((await watched.ended).stdout).toContain('hello')
  const steered = run(CLI_MAIN, ['session', 'rm', 's-1', '-y', '--url', gateway.url], { HOLDFAST_TOKEN: token })
  expect((await steered.ended).code).toBe(4)
  expect(await holdfast('share', 's-1', '--for', '25h')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('24h'),
  })
  expect(await holdfast('share', 'nosuch')).toMatchObject({
    code: 5,
    stderr: expect.stringContaining('Try: holdfast ls'),
  })
})

it('an operator can switch sharing off', async () => {
  const closed = await startGateway(['--port', '0', '--store', 'memory', '--token', 'secret', '--sharing', 'off'])
  try {
    const env = { HOLDFAST_URL: closed.url, HOLDFAST_TOKEN: 'secret' }
    await run(CLI_MAIN, ['lead', '--session', 's', '--', 'true'], env).ended
    const { code, stderr } = await run(CLI_MAIN, ['share', 's'], env).ended
    expect([code, stderr]).toEqual([4, 'holdfast: Sharing is switched off on this gateway. Ask its operator.\n'])
  } finally {
    await closed.stop('SIGTERM')
  }
})
