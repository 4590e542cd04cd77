import { OpenError, type OpenErrorDetails } from '@holdfast/contract'
import { expect, it } from 'vitest'
import type { Cause } from '../client-protocol.ts'
import { coreError } from '../errors.ts'
import { explain, explainCause } from './explain.ts'
import type { Status } from './status.ts'

const NOW = 1_000_000
const said = (status: Status, lastCause?: Cause): string => explain({ status, lastCause, now: () => NOW })
const waiting = (reason: 'backoff' | 'hint' | 'offline' | 'governor', attempt: number, ms: number): Status => {
  return { state: 'waiting', reason, attempt, until: NOW + ms }
}
const refused: Cause = { kind: 'dial', error: new OpenError('x', { syscallCode: 'ECONNREFUSED' }) }

it.each<[Status, Cause | undefined, string]>([
  [{ state: 'idle' }, undefined, 'Not started. Call connect().'],
  [
    waiting('backoff', 1, 800),
    refused,
    'Next attempt in 0.8 s (1 attempt so far). Last failure: nothing listens at that address (ECONNREFUSED).',
  ],
  [waiting('governor', 12, 29_000), undefined, 'Rate limit of this client: next attempt in 29 s (12 attempts so far).'],
  [waiting('hint', 2, 120_000), undefined, 'The server asks for time: next attempt in 2 min (2 attempts so far).'],
  [
    waiting('offline', 3, 300_000),
    undefined,
    'This device seems to be offline: next attempt in 5 min (3 attempts so far), or as soon as it is back.',
  ],
  [{ state: 'preparing', attempt: 1 }, undefined, 'Getting the address and the credentials (attempt 1).'],
  [
    { state: 'open', since: NOW - 13_000, resumed: false, epoch: undefined, health: 'live', stable: true },
    refused,
    'Connected for 13 s.',
  ],
  [
    { state: 'open', since: NOW - 13_000, resumed: false, epoch: undefined, health: 'suspect', stable: true },
    undefined,
    'Connected for 13 s; an answer of the server is overdue.',
  ],
  [{ state: 'closed', outcome: { reason: 'user' } }, undefined, 'Closed.'],
  [
    {
      state: 'closed',
      outcome: { reason: 'terminal', error: coreError('connection/refused', 'The answer was HTTP 404.') },
    },
    undefined,
    'Closed for good: The answer was HTTP 404.',
  ],
])('explain() for %o', (status, cause, sentence) => {
  expect(said(status, cause)).toBe(sentence)
})

const ADDRESS = 'Could not open a WebSocket to 127.0.0.1:4718.'

function opened(details: OpenErrorDetails & { readonly finding?: string }, message: string = ADDRESS): OpenError {
  return new OpenError(message, details)
}

it.each<[Cause, string]>([
  [{ kind: 'close', phase: 'open', reason: '', clean: false }, 'the link broke'],
  [
    { kind: 'close', phase: 'open', code: 1012, reason: 'restart', clean: true },
    'the server closed the connection with code 1012 (restart)',
  ],
  [{ kind: 'deadline', phase: 'dial', usually: 'a proxy' }, 'no answer came in time; usually a proxy'],
  [
    { kind: 'deadline', phase: 'handshake', passed: 0 },
    'the server took the connection and then did not answer in time',
  ],
  [
    { kind: 'deadline', phase: 'handshake', awaited: 'a welcome', passed: 1 },
    'the server took the connection and then did not answer in time, where a welcome was awaited (1 other message came)',
  ],
  [
    { kind: 'deadline', phase: 'handshake', passed: 300 },
    'the server took the connection and then did not answer in time (300 other messages came)',
  ],
  [{ kind: 'liveness', rule: 'read' }, 'nothing was heard of the server any more'],
  [{ kind: 'dial', error: new Error('secret'), status: 401 }, 'the credentials were refused (401)'],
  [{ kind: 'dial', error: new Error('secret'), status: 403 }, 'the server refused (403)'],
  [{ kind: 'dial', error: new Error('secret'), status: 418 }, 'the server refused (418)'],
  [{ kind: 'dial', error: new Error('secret'), status: 502 }, 'the server failed (502)'],
  [
    { kind: 'dial', error: opened({ finding: 'unreachable' }, 'The server does not answer.') },
    'no connection came about: The server does not answer',
  ],
  [{ kind: 'dial', error: opened({}) }, 'no connection came about'],
  [{ kind: 'dial', error: opened({ syscallCode: 'EPIPE' }) }, 'no connection came about: EPIPE'],
  [
    { kind: 'dial', error: new OpenError('Give a URL.', {}, undefined, 'channel/invalid_url') },
    'no connection came about: Give a URL',
  ],
  [
    { kind: 'handshake', error: coreError('connection/refused', 'Not today.') },
    'the server did not let this client in: Not today',
  ],
  [{ kind: 'dial', error: new Error('secret') }, 'no connection came about: Error'],
])('a cause in words: %o', (cause, words) => {
  expect(explainCause(cause)).toBe(words)
})

it.each<[number, number, string]>([
  [0, 4_000, 'Connected for 13 s.'],
  [1, 0, 'Connected for 13 s. Dropped: 1 volatile message.'],
  [
    200,
    40_000,
    'Connected for 13 s. Nothing is read for 40 s: the app is busy with what came. Dropped: 200 volatile messages.',
  ],
])(
  'explain() says that %i volatile messages were dropped and reading is paused for %i ms',
  (dropped, readingPausedMs, sentence) => {
    const status = {
      state: 'open',
      since: NOW - 13_000,
      resumed: false,
      epoch: undefined,
      health: 'live',
      stable: true,
    } as const
    expect(explain({ status, lastCause: undefined, metrics: { dropped, readingPausedMs }, now: () => NOW })).toBe(
      sentence,
    )
  },
)
