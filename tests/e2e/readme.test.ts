import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { CLEAN_ENVIRONMENT, CLI_MAIN, type GatewayProcess, type Running, run, startGateway } from './gateway-process.ts'
import { freePort } from './support/free-port.ts'

const README = join(import.meta.dirname, '../../README.md')
/** Below this folder, where the packages are installed. */
const FOLDER = join(import.meta.dirname, '.readme')

let gateway: GatewayProcess
let place: string
const programs: Running[] = []

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', '/bin/sh', '--token', 'secret'])
  mkdirSync(FOLDER, { recursive: true })
  place = mkdtempSync(join(FOLDER, 'run-'))
})
afterEach(async () => {
  for (const { child, ended } of programs.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
})
afterAll(async () => {
  rmSync(FOLDER, { recursive: true, force: true })
  await gateway.stop('SIGTERM')
})

/** The snippet of the README after this sentence, as it stands there, but for the ports. */
function snippet(after: string, port: number): string {
  const text = readFileSync(README, 'utf8')
  const [, code = ''] = /```ts\n(.*?)```/s.exec(text.slice(text.indexOf(after))) ?? []
  expect(code, `a snippet after "${after}"`).not.toBe('')
  return code
    .replaceAll('127.0.0.1:4600', `127.0.0.1:${gateway.port}`)
    .replaceAll(/\b(8080|4700)\b/g, `${port}`)
    .replace("'sessions.db'", `'${join(place, 'sessions.db')}'`)
}

/** Starts a snippet. @returns what waits until it has said something */
function start(name: string, code: string): (words: string | RegExp) => Promise<void> {
  const file = join(place, `${name}.mjs`)
  writeFileSync(file, code)
  const program = run(file, [], { HOLDFAST_TOKEN: 'secret' })
  programs.push(program)
  let said = ''
  let hasEnded = false
  let wake = (): void => {}
  for (const stream of [program.child.stdout, program.child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      wake()
    })
  }
  void program.ended.then(() => {
    hasEnded = true
    wake()
  })
  return async (words) => {
    while (said.search(words) < 0) {
      if (hasEnded) throw new Error(`it ended, and said only: ${said}`)
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
}

it('the first program of the README runs as pasted: a connection', async () => {
  const says = start('connection', snippet('A connection that stays', await freePort()))
  await says("received { type: 'hello' }")
  await says('acked')
})

it('a lead and a controller that asks it run as pasted from the README', async () => {
  const lead = start('lead', snippet('The lead of a session', 0))
  await lead('leading nightly')
  const asker = start('asker', snippet('A client that sends it a request', 0))
  await lead(/name: 'run'/)
  await asker('all tests pass')
})

/** A block of commands of the README, by a line in it. */
function commandsWith(line: string): string {
  const blocks = [...readFileSync(README, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block)
  return blocks.find((block) => block.includes(line)) ?? expect.fail(`no block with ${line}`)
}

/** Process groups of blocks that run. */
const groups: number[] = []
afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
})

/** Runs a block in a shell, as pasted; what it starts through npx is the command that was built. @returns what it says, so far */
function paste(block: string): {
  readonly ended: Promise<number | null>
  readonly said: () => string
  readonly more: () => Promise<unknown>
} {
  const npx = join(place, 'npx')
  writeFileSync(npx, `#!/bin/sh\nshift\nexec '${process.execPath}' '${CLI_MAIN}' "$@"\n`, { mode: 0o755 })
  const env = { ...CLEAN_ENVIRONMENT, PATH: `${place}:${CLEAN_ENVIRONMENT['PATH']}`, HOLDFAST_URL: gateway.url }
  const child = spawn('sh', ['-c', block], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  if (child.pid !== undefined) groups.push(child.pid)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
  }
  const ended = once(child, 'close').then(([code]) => code)
  return { ended, said: () => said, more: () => Promise.race([once(child.stdout, 'data'), ended]) }
}

it('the commands of the second and the third terminal run as pasted from the README', async () => {
  expect(commandsWith('holdfast serve')).toBe('npx holdfast serve --token secret\n')
  const second = paste(commandsWith('holdfast lead'))
  expect([await second.ended, second.said()]).toEqual([0, expect.stringMatching(/step 1\n[\s\S]*step 5\n/)])
  const third = commandsWith('holdfast observe').split('\n')
  const others = paste(third.filter((line) => !line.includes('observe')).join('\n'))
  expect([await others.ended, others.said()]).toEqual([
    0,
    expect.stringMatching(/nightly[\s\S]*#token=\S+&session=nightly/),
  ])
  const observer = paste(third.filter((line) => line.startsWith('export') || line.includes('observe')).join('\n'))
  while (!observer.said().includes('step 5')) await observer.more()
})

it('a shell runs as pasted from the README', async () => {
  // The terminal may show what was typed before the shell's prompt.
  await start('shell', snippet('A shell on another machine', 0))(/^(?:[#$] )?it works/m)
})

it('the other end runs as pasted from the README', async () => {
  const port = await freePort()
  start('server', snippet('The server side', port))
  const page = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text()
  await expect.poll(() => page().catch(() => ''), { timeout: 20_000 }).toBe('your own pages')
  const refused = await fetch(`http://127.0.0.1:${port}/api/hub/sessions`)
  expect(refused.status).toBe(401)
})
