import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PROGRAM, terminadoStory } from '../../examples/terminado/story.ts'
import { installDebianPrograms } from '../../scripts/terminal-programs.ts'

let folder: string
let server: ChildProcess
let port: number
/** What the server says of itself. */
let complaints: string

beforeEach(async () => {
  installDebianPrograms({ '/usr/lib/python3/dist-packages/terminado/__init__.py': 'python3-terminado' })
  folder = mkdtempSync(join(tmpdir(), 'holdfast-terminado-'))
  server = spawn('/usr/bin/python3', [join(import.meta.dirname, 'terminado-server.py'), PROGRAM], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], TYPED: join(folder, 'typed') },
  })
  complaints = ''
  server.stderr?.on('data', (bytes: Buffer) => {
    complaints += bytes.toString()
  })
  const [said] = server.stdout === null ? [] : await once(server.stdout, 'data')
  port = Number(said)
})

afterEach(async () => {
  const gone = once(server, 'exit')
  server.kill()
  await gone
  rmSync(folder, { recursive: true, force: true })
})

it('terminado and a client lose no output untold and type nothing twice, whatever the network does', async () => {
  const { screens, confirmed, told, ending } = await terminadoStory(port, 50)
  const typed = readFileSync(join(folder, 'typed'), 'utf8').trim().split('\n').map(Number)
  expect(new Set(typed).size).toBe(typed.length)
  expect(confirmed.filter((n) => !typed.includes(n))).toEqual([])
  expect(typed.filter((n) => !confirmed.includes(n) && !told.includes(n))).toEqual([])

  // Each link shows everything from its beginning on, and begins no later than where the one before ended.
  expect(screens.length).toBeGreaterThanOrEqual(7)
  let reached = 0
  let holes = 0
  for (const screen of screens) {
    const counted = [...screen.matchAll(/\[(\d+)\]/g)].map(([, n]) => Number(n))
    const [begins = reached + 1] = counted
    holes += counted.filter((n, at) => at > 0 && n !== (counted[at - 1] ?? n) + 1).length
    expect(counted).toEqual([...new Set(counted)].sort((a, b) => a - b))
    expect(begins).toBeLessThanOrEqual(reached + 1)
    reached = counted.at(-1) ?? reached
  }
  // Where terminado meets a socket that has just closed, it throws before it comes to those behind it, which miss that piece for good.
  expect(holes).toBeLessThanOrEqual(complaints.match(/in pty_read\n/g)?.length ?? 0)
  expect(ending).toBe('complete')
})
