import { systemClock } from '@holdfast/contract'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { expect, it, onTestFinished } from 'vitest'
import type { AppendRequest } from './append-decision.ts'
import { AppendPipeline } from './append-pipeline.ts'
import { readPart } from './stored-append.ts'
import { WriterState } from './writer-state.ts'

/** One gateway's way into the log of a stream. */
function pipelineOn(log: SessionLog, idPrefix: string, maxWaitingBytes = 1_000_000): AppendPipeline {
  const state = new WriterState(10)
  const catchUp = async (): Promise<void> => {
    for (const event of (await log.read('s', { after: state.n })).events) state.apply(event)
  }
  return new AppendPipeline({
    ...{ log, session: 's', idPrefix, maxWaitingBytes, clock: systemClock, state: () => state, catchUp },
    written: (events) => {
      for (const event of events) if (event.n === state.n + 1) state.apply(event)
    },
  })
}

const request = (text: string, more: Partial<AppendRequest> = {}): AppendRequest => ({
  ...{ bytes: Buffer.from(text), contentType: 'same', closes: false },
  ...more,
})

/** A log, another gateway's way into it, and one for which `foreign` happens just before its batches are written. */
async function shared(foreign: (other: AppendPipeline, batch: number) => Promise<unknown> | undefined) {
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.createSession('s')
  const other = pipelineOn(log, 'other')
  const batches: number[] = []
  const raced = new Proxy(log, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      if (name !== 'appendAll') return member.bind(target)
      return async (...[session, appends]: Parameters<SessionLog['appendAll']>) => {
        await foreign(other, batches.push(appends.flatMap(({ events }) => events).length))
        return target.appendAll(session, appends)
      }
    },
  })
  const written = async (): Promise<readonly string[]> =>
    (await log.read('s', { after: 0 })).events.map((event) => readPart(event)?.bytes.toString() ?? '')
  return { one: pipelineOn(raced, 'one'), batches, written }
}

const outcomes = async (appends: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  (await Promise.allSettled(appends)).map(({ status }) => status)

it('the appends of one batch are all written once and in order where another gateway was first', async () => {
  const { one, batches, written } = await shared((other, batch) =>
    batch === 1 ? other.append(request('other')) : undefined,
  )
  const appends = ['a', 'b', 'c'].map((text) => one.append(request(text)))
  expect(await outcomes(appends)).toEqual(['fulfilled', 'fulfilled', 'fulfilled'])
  expect(batches).toEqual([3, 3])
  expect(await written()).toEqual(['other', 'a', 'b', 'c'])
})

it('nothing is written behind an end that another gateway wrote meanwhile', async () => {
  const { one, written } = await shared((other, batch) =>
    batch === 1 ? other.append(request('', { closes: true })) : undefined,
  )
  expect(await outcomes(['a', 'b'].map((text) => one.append(request(text))))).toEqual(['rejected', 'rejected'])
  expect(await written()).toEqual([''])
})

it('a number of a producer that another gateway took meanwhile is known, and not written again', async () => {
  const first = request('first', { producer: ['p', 0, 0] })
  const { one, written } = await shared((other, batch) => (batch === 1 ? other.append(first) : undefined))
  const [known, next] = [one.append(first), one.append(request('next', { producer: ['p', 0, 1] }))]
  expect(await known).toMatchObject({ isDuplicate: true })
  expect(await next).toMatchObject({ isDuplicate: false })
  expect(await written()).toEqual(['first', 'next'])
})

it('a batch that is too large is written as far as it fits, and only the rest is refused', async () => {
  const log = memoryLog({ limits: { maxSessionEvents: 3 } })
  onTestFinished(() => log.close())
  await log.createSession('s')
  const one = pipelineOn(log, 'one')
  const appends = ['a', 'b', 'c', 'd'].map((text) => one.append(request(text)))
  expect(await outcomes(appends)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
  expect(await appends[3]?.catch((error: unknown) => error)).toMatchObject({ code: 'streams/full' })
  expect((await log.head('s')).last).toBe(3)
})

it('the appends that wait for a slow log are bounded in bytes: more is refused, and accepted once there is room', async () => {
  let free = (): void => {}
  const isFree = new Promise<void>((resolve) => {
    free = resolve
  })
  const log = memoryLog()
  onTestFinished(() => log.close())
  await log.createSession('s')
  const appendAll: SessionLog['appendAll'] = async (...args) => {
    await isFree
    return log.appendAll(...args)
  }
  const slow = new Proxy(log, {
    get: (target, name) => (name === 'appendAll' ? appendAll : Reflect.get(target, name).bind(target)),
  })
  const one = pipelineOn(slow, 'one', 5_000)
  const body = 'x'.repeat(1_500)
  // Each counts for its body and half a kilobyte.
  const appends = [body, body, body].map((text) => one.append(request(text)))
  const refused = await appends[2]?.catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'streams/unavailable' })
  free()
  expect(await outcomes(appends)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
  await one.append(request('later'))
  const { events } = await log.read('s', { after: 0 })
  expect(events.map((event) => readPart(event)?.bytes.toString())).toEqual([body, body, 'later'])
})
