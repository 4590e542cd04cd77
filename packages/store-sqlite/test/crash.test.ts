import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SessionLog } from '@holdfast/log'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { sqliteLog } from '../src/index.ts'

const ROUNDS = process.env['HOLDFAST_LONG'] === '1' ? 12 : 3
const folder = mkdtempSync(join(tmpdir(), 'holdfast-crash-'))
// Inside the package, so that the compiled program finds its dependencies as the published one does.
const built = fileURLToPath(new URL(`../node_modules/.crash-${process.pid}`, import.meta.url))
const path = join(folder, 'log.db')

beforeAll(() => {
  mkdirSync(built, { recursive: true })
  const source = (file: string) => fileURLToPath(new URL(file, import.meta.url))
  buildSync({
    entryPoints: { child: source('./crash-child.ts'), worker: source('../src/worker.ts') },
    outdir: built,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@holdfast/source'],
  })
})

const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true })
  rmSync(built, { recursive: true })
})

interface Acknowledged {
  readonly session: string
  readonly n: number
  readonly id: string
}

/** Lets a process append until it has told so many acknowledgements, kills it, and reads all that it was told. */
async function appendAndDie(round: number, after: number): Promise<Acknowledged[]> {
  const ledger = join(folder, `ledger-${round}`)
  const program = [join(built, 'child.js'), path, ledger, String(round)]
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const exit = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'open' && round === 0) {
      await expect(sqliteLog({ path }).opened).rejects.toMatchObject({ code: 'sqlite/locked' })
    }
    if (Number(line) >= after) child.kill('SIGKILL')
  }
  expect(await exit).toEqual([null, 'SIGKILL'])
  const lines = readFileSync(ledger, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const [session = '', n = '', id = ''] = line.split(' ')
    return { session, n: Number(n), id }
  })
}

/** Everything that is left of a session; fails where it is not contiguous. */
async function idsOf(log: SessionLog, session: string): Promise<Map<number, string>> {
  const { first, last } = await log.head(session)
  const ids = new Map<number, string>()
  let after = first - 1
  while (after < last) {
    const page = await log.read(session, { after })
    expect(page.gap).toBeUndefined()
    for (const event of page.events) {
      if (event.n !== ++after) throw new Error(`expected event ${after} of ${session}, got ${event.n}`)
      ids.set(event.n, event.id)
    }
  }
  return ids
}

it('a SQLite log loses nothing acknowledged when its process is killed, again and again', async () => {
  let seed = 20_260_101
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const acknowledged: Acknowledged[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const told = await appendAndDie(round, 100 + random(3_000))
    expect(told.length).toBeGreaterThan(99)
    acknowledged.push(...told)
    const log = sqliteLog({ path })
    for (let i = 0; i < 8; i++) {
      const session = `s${i}`
      const { first } = await log.head(session)
      const ids = await idsOf(log, session)
      const expected = acknowledged.filter((ack) => ack.session === session && ack.n >= first)
      const lost = expected.filter(({ n, id }) => ids.get(n) !== id)
      expect(lost).toEqual([])
      expect(new Set(ids.values()).size).toBe(ids.size)
    }
    await log.close()
  }
}, 60_000)
