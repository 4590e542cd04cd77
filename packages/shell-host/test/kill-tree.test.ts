import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { systemClock } from '@holdfast/contract'
import { afterEach, expect, it } from 'vitest'
import { killTree } from '../src/pty/kill-tree.ts'
import { nodePty } from '../src/pty/node-pty.ts'
import { loadNodePty } from '../src/pty/node-pty-binding.ts'
import { ProcessScan, ProcessScans } from '../src/pty/process-scan.ts'
import type { ProcessRow } from '../src/pty/process-table.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A program in a session of its own that does not end by a SIGHUP. */
async function stubborn(): Promise<{ readonly pid: number; readonly child: ChildProcess }> {
  const child = spawn('/bin/sh', ['-c', 'trap "" HUP; echo; exec sleep 600'], { detached: true, stdio: 'pipe' })
  children.push(child)
  await once(child.stdout, 'data')
  return { pid: child.pid ?? 0, child }
}

const row = (pid: number, of: Partial<ProcessRow>): ProcessRow => ({
  ...{ pid, parent: 1, group: pid, session: pid, foreground: -1, startedAt: 1, dead: false },
  ...of,
})

it('the end of a process tree leaves a process alone that got the id of one of the tree', async () => {
  const { pid, child } = await stubborn()
  const leader = 2 ** 22 + 7
  const scans = [[row(1, {}), row(leader, {}), row(pid, { parent: leader })]]
  // The leader and its child have ended; the id of the child is somebody else’s now.
  const later = [row(1, {}), row(pid, { startedAt: 2 })]
  const startedAt = (asked: number): number => (asked === pid ? 2 : 1)
  const processes = { scan: async () => new ProcessScan(scans.shift() ?? scans[0] ?? later), startedAt }
  scans.push(scans[0] ?? [])
  expect(await killTree({ pid: leader, mark: 'none' }, { clock: systemClock, graceMs: 0, processes })).toEqual([])
  expect(child.signalCode).toBeNull()
  expect(process.kill(pid, 0)).toBe(true)
})

it('process trees that end at once share their looks at the system, and each look begins after it was asked for', async () => {
  let looks = 0
  const ends: (() => void)[] = []
  const scans = new ProcessScans(() => {
    looks += 1
    const began = looks
    return new Promise((resolve) => ends.push(() => resolve([row(began, {})])))
  })
  const first = scans.scan()
  const others = Array.from({ length: 50 }, () => scans.scan())
  expect(looks).toBe(1)
  ends.shift()?.()
  expect((await first).rows[0]?.pid).toBe(1)
  await expect.poll(() => looks).toBe(2)
  const last = scans.scan()
  ends.shift()?.()
  for (const other of others) expect((await other).rows[0]?.pid).toBe(2)
  await expect.poll(() => looks).toBe(3)
  ends.shift()?.()
  expect((await last).rows[0]?.pid).toBe(3)
  // A look that fails harms nobody behind it.
  let isFailing = true
  const failing = new ProcessScans(async () => {
    if (isFailing) throw new Error('no table')
    return []
  })
  await expect(failing.scan()).rejects.toThrow('no table')
  isFailing = false
  expect((await failing.scan()).rows).toEqual([])
})

it('the end of a process tree ends the group of the leader where the system shows no processes', async () => {
  const { pid, child } = await stubborn()
  const ended = once(child, 'exit')
  const processes = { scan: async () => new ProcessScan([]), startedAt: () => undefined }
  expect(await killTree({ pid, mark: 'none' }, { clock: systemClock, graceMs: 200, processes })).toEqual([])
  expect(await ended).toEqual([null, 'SIGKILL'])
})

it('the end of a process tree leaves no program behind whose terminal cannot be opened', async () => {
  const real = loadNodePty()
  let pid = 0
  const binding = {
    resize: () => {},
    fork: (...args: Parameters<typeof real.fork>) => {
      const fork = real.fork(...args)
      pid = fork.pid
      return { ...fork, pty: '/dev/pts/none' }
    },
  }
  const spawned = nodePty({ binding }).spawn(
    {
      file: '/bin/sh',
      args: ['-c', 'trap "" HUP; exec sleep 600'],
      cwd: '/',
      env: {},
      size: { width: 80, height: 24 },
    },
    { output: () => {}, exit: () => {} },
  )
  await expect(spawned).rejects.toMatchObject({ code: 'shell/spawn_failed' })
  await expect
    .poll(() => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    })
    .toBe(false)
})
