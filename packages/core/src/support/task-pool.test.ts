import { expect, it } from 'vitest'
import { TaskPool } from './task-pool.ts'

/** A pool whose work ends when it is told to. */
function pool(options: ConstructorParameters<typeof TaskPool>[0]) {
  const made = new TaskPool(options)
  const finish: (() => void)[] = []
  const begun: string[] = []
  const run = (name: string, bytes: number): boolean =>
    made.run(
      () => {
        begun.push(name)
        return new Promise((resolve) => finish.push(resolve))
      },
      () => bytes,
    )
  const ends = async (): Promise<void> => {
    finish.shift()?.()
    await Promise.resolve()
    await Promise.resolve()
  }
  return { run, ends, begun }
}

it('more than may run at once waits its turn, up to a count', async () => {
  const { run, ends, begun } = pool({ maxRunning: 2, maxWaiting: 2 })
  expect(['a', 'b', 'c', 'd', 'e'].map((name) => run(name, 1))).toEqual([true, true, true, true, false])
  expect(begun).toEqual(['a', 'b'])
  await ends()
  expect(begun).toEqual(['a', 'b', 'c'])
  expect([run('f', 1), run('g', 1)]).toEqual([true, false])
})

it('waiting tasks are bounded by their bytes plus 256 each, and one task waits whatever its size', async () => {
  const { run, ends, begun } = pool({ maxRunning: 1, maxWaitingBytes: 1_000 })
  expect([run('now', 5_000), run('large', 5_000), run('next', 1)]).toEqual([true, true, false])
  await ends()
  expect(begun).toEqual(['now', 'large'])
  expect([run('b', 244), run('c', 244), run('d', 0)]).toEqual([true, true, false])
  await ends()
  expect(run('d', 0)).toBe(true)
})
