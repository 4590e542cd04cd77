import { expect, it } from 'vitest'
import { AbsenceWatch } from './absence.ts'
import { Conversation } from './conversation.ts'

function setUp() {
  const conversation = new Conversation()
  const time = { now: 0 }
  const watch = new AbsenceWatch(
    () => conversation,
    () => time.now,
  )
  const say = (content: string): void => conversation.event('message_end', { content }, time.now)
  return { conversation, time, watch, say }
}

it('the note of an absence says what came to a page that was hidden for a minute, and from where on', () => {
  const { conversation, time, watch, say } = setUp()
  say('seen')
  watch.left('hidden')
  time.now = 61_000
  say('missed 1')
  say('missed 2')
  conversation.event('tool_call', { toolName: 't' }, time.now)
  watch.returned('hidden')
  const counts = [
    [1, 'tool call'],
    [2, 'messages'],
  ]
  expect(watch.current).toEqual({ since: 0, forMs: 61_000, afterKey: conversation.rows[0]?.key, counts })
  watch.dismiss()
  expect(watch.current).toBeUndefined()
})

it('the note of an absence says nothing of less than a minute, and of a minute in which nothing happened', () => {
  const { time, watch, say } = setUp()
  watch.left('hidden')
  time.now = 59_000
  say('missed')
  watch.returned('hidden')
  expect(watch.current).toBeUndefined()
  watch.left('offline')
  time.now = 200_000
  watch.returned('offline')
  expect(watch.current).toBeUndefined()
})

it('the note of an absence counts from when a person was away for the first reason to when the last one has gone', () => {
  const { time, watch, say } = setUp()
  watch.left('hidden')
  time.now = 30_000
  watch.left('offline')
  say('missed')
  time.now = 50_000
  watch.returned('hidden')
  expect(watch.current).toBeUndefined()
  time.now = 70_000
  watch.returned('offline')
  expect(watch.current).toMatchObject({ since: 0, forMs: 70_000 })
})
