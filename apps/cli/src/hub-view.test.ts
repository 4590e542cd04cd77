import { expect, it } from 'vitest'
import { viewOf } from './hub-view.ts'
import { outputOn } from './output.ts'
import { printable } from './printable.ts'

const { paint } = outputOn(process.stdout, { NO_COLOR: '1' })

it('shows an event in one line: when, what, and its words', () => {
  const message = {
    type: 'broadcast',
    event: 'message_end',
    data: { content: 'hi\nyou\n' },
    category: 'message',
    sessionId: 's',
    timestamp: 3_723_000,
  } as const
  expect(viewOf(message, paint)).toBe('01:02:03 message_end  hi\n         you')
})

it('says where events are missing', () => {
  expect(viewOf({ type: 'gap', reason: 'slow' }, paint)).toContain('missing')
})

it('has nothing to say about what is no event', () => {
  expect(viewOf({ type: 'pong', timestamp: 1 }, paint)).toBeUndefined()
})

it('lets nothing of a session drive the terminal', () => {
  expect(printable('a\x1b[2J\x1b[1;1Hb\x07\x1b]0;c\x9b\r\nd\te')).toBe('ab]0;c\nd\te')
})
