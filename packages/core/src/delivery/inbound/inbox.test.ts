import { describe, expect, it } from 'vitest'
import { Inbox, type InboxOptions } from './inbox.ts'

function inbox(options: InboxOptions) {
  const calls: string[] = []
  const box = new Inbox<number | string>(options, (dropped) => `gap ${dropped}`)
  box.reads({
    canPause: true,
    pause: () => calls.push('pause'),
    resume: () => calls.push('resume'),
    taken: (count) => calls.push(`taken ${count}`),
    left: () => calls.push('left'),
  })
  return { box, calls }
}

const fill = (box: Inbox<number | string>, count: number) => {
  for (let item = 1; item <= count; item += 1) box.push(item, 1)
}

async function rest(box: Inbox<number | string>) {
  const items: (number | string)[] = []
  for await (const item of box) items.push(item)
  return items
}

describe('a full inbox', () => {
  it('pauses its source, and lets it go on when half is read', async () => {
    const { box, calls } = inbox({ maxCount: 4 })
    fill(box, 4)
    expect(calls).toEqual(['pause'])
    await box.next()
    expect(calls).toEqual(['pause'])
    await box.next()
    expect(calls).toEqual(['pause', 'taken 1', 'resume'])
  })

  it('has no bound of its own but bytes', () => {
    const { box, calls } = inbox({})
    fill(box, 10_000)
    expect(calls).toEqual([])
    fill(box, 30_000)
    expect(calls).toEqual(['pause'])
  })

  it('puts a gap in the place of what it dropped', async () => {
    const { box } = inbox({ maxCount: 2, overflow: 'dropOldest' })
    fill(box, 5)
    box.end()
    expect(await rest(box)).toEqual(['gap 3', 4, 5])
  })

  it('ends with an error, after what it holds, where it may not drop', async () => {
    const { box } = inbox({ maxCount: 2, overflow: 'fail' })
    fill(box, 3)
    await box.next()
    await box.next()
    await box.next()
    await expect(box.next()).rejects.toMatchObject({ code: 'inbox/overflow' })
  })

  it('is full by bytes too', () => {
    const { box, calls } = inbox({ maxBytes: 10 })
    box.push(1, 10)
    expect(calls).toEqual(['pause'])
  })
})

describe('what a reader is done with', () => {
  it('is a message whose successor it asks for, and what a gap stands for when the gap is in its place', async () => {
    const { box, calls } = inbox({ maxCount: 2, overflow: 'dropOldest' })
    fill(box, 3)
    expect(calls).toEqual(['taken 1'])
    expect((await box.next()).value).toBe('gap 1')
    expect((await box.next()).value).toBe(2)
    box.push(4, 1)
    box.push(5, 1)
    expect(calls).toEqual(['taken 1'])
    expect((await box.next()).value).toBe('gap 1')
    expect(calls).toEqual(['taken 1', 'taken 2'])
  })

  it('leaves its source when the last message was read after the end', async () => {
    const { box, calls } = inbox({})
    box.push(1, 1)
    box.end()
    expect(calls).toEqual([])
    await box.next()
    await box.next()
    expect(calls).toEqual(['taken 1', 'left'])
  })
})

describe('reading', () => {
  it('waits for what comes, one reader at a time', async () => {
    const { box } = inbox({})
    const next = box.next()
    await expect(box.next()).rejects.toMatchObject({ code: 'inbox/taken' })
    box.push(1, 1)
    expect(await next).toEqual({ value: 1, done: false })
  })

  it('ends after what is queued, with the error once', async () => {
    const { box } = inbox({})
    box.push(1, 1)
    box.end(new Error('over'))
    expect((await box.next()).value).toBe(1)
    await expect(box.next()).rejects.toThrow('over')
    expect(await box.next()).toEqual({ value: undefined, done: true })
  })

  it('leaves and frees its source on return and on abort', async () => {
    const user = new AbortController()
    for (const leave of [(box: Inbox<number | string>) => void box.return(), () => user.abort()]) {
      const { box, calls } = inbox({ maxCount: 1, signal: user.signal })
      box.push(1, 1)
      leave(box)
      expect(calls).toEqual(['pause', 'resume', 'left'])
      expect(await rest(box)).toEqual([])
      box.push(2, 1)
      expect(box.count).toBe(0)
    }
  })

  it('is over at once with a signal that was aborted before', async () => {
    const { box, calls } = inbox({ signal: AbortSignal.abort() })
    expect(await rest(box)).toEqual([])
    expect(calls).toEqual(['left'])
  })
})

it('an inbox gives an item that is undefined, and those behind it', async () => {
  const box = new Inbox<string | undefined>()
  for (const item of [undefined, 'next']) box.push(item, 1)
  box.end()
  const got: unknown[] = []
  for await (const item of box) got.push(item)
  expect(got).toEqual([undefined, 'next'])
})
