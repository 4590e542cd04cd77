import { expect, it } from 'vitest'
import { entryView, viewOf } from './hub-view.ts'
import { outputOn } from './output.ts'
import { printable } from './printable.ts'

const { paint } = outputOn(process.stdout, { NO_COLOR: '1' })

it('the view of a session shows an event in one line: when, what, and its words', () => {
  const message = {
    type: 'broadcast',
    event: 'message_end',
    data: { content: 'hi\nyou\n' },
    category: 'message',
    sessionId: 's',
    timestamp: 3_723_000,
  } as const
  expect(viewOf(message, paint)).toBe('01:02:03 says  hi\n         you')
})

it('the view of a session says where events are missing', () => {
  expect(viewOf({ type: 'gap', reason: 'slow' }, paint)).toContain('missing')
})

it('the view of a session has nothing to say about what is no event', () => {
  expect(viewOf({ type: 'pong', timestamp: 1 }, paint)).toBeUndefined()
})

it('the view of a session lets nothing of a session drive the terminal', () => {
  expect(printable('a\x1b[2J\x1b[1;1Hb\x07\x1b]0;c\x9b\r\nd\te')).toBe('ab]0;c\nd\te')
})

it('the view of a session shows what a tool is called with, and says how much of it is left out', () => {
  const call = { type: 'tool_call', timestamp: 0, toolName: 'edit', toolArgs: { path: 'a.ts' } } as const
  expect(entryView(call, paint)).toBe('00:00:00 uses  edit {"path":"a.ts"}')
  const long = { ...call, toolArgs: { text: 'x'.repeat(500) } }
  expect(entryView(long, paint)).toMatch(/x … \(111 more characters\)$/)
  const live = {
    type: 'broadcast',
    event: 'tool_execution_start',
    data: { toolName: 'run', args: { command: 'make' } },
    category: 'tool',
    sessionId: 's',
    timestamp: 0,
  } as const
  expect(viewOf(live, paint)).toBe('00:00:00 uses  run {"command":"make"}')
})

it('the view of a session says that the lead has left', () => {
  const left = {
    type: 'presence',
    event: 'session_leave',
    sessionId: 's',
    timestamp: 0,
    participant: { id: 'l', role: 'lead', transport: 'ws' },
  } as const
  expect(viewOf(left, paint)).toBe('00:00:00 left  the lead: until one comes back, nobody works here')
})
