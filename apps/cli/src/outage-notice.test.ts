import { OpenError, peerWord } from '@holdfast/contract'
import type { Status } from '@holdfast/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Notice } from './notice.ts'
import { OutageNotice } from './outage-notice.ts'
import { outputOn } from './output.ts'

const WAITING: Status = { state: 'waiting', reason: 'backoff', attempt: 1, until: 9_000 }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** What is shown a second after a change of status with this cause. */
function shownFor(...causes: readonly unknown[]): string {
  let written = ''
  const notice = new Notice({
    write: (text) => {
      written = text
    },
    columns: () => 200,
    isCursorSaved: () => false,
    whenAtRest: (show) => show(),
  })
  const outage = new OutageNotice({
    err: outputOn(process.stderr, {}),
    notice,
    status: () => WAITING,
    isAttached: () => true,
    waitingBytes: () => 0,
    url: 'http://gateway',
    detachKeys: 'ctrl-]',
  })
  for (const cause of causes) outage.changed(WAITING, cause)
  vi.advanceTimersByTime(1_000)
  const shown = written
  outage.clear()
  return shown
}

const FULL =
  '{"error":{"code":"shell/too_many","message":"This server has no room for another shell.\\u001b]2;x\\u0007"}}'
const full = {
  kind: 'dial',
  status: 503,
  error: new OpenError('refused', {
    status: 503,
    body: FULL,
    word: peerWord(FULL),
  }),
}

it('the notice of an outage says what a server answered that is full, and nothing of it drives the terminal', () => {
  const shown = shownFor(full)
  expect(shown).toContain('[holdfast: http://gateway says: This server has no room for another shell')
  expect(shown).not.toMatch(/not reachable|\u0007|\u001b\]/)
})

it('the notice of an outage says that a server is not reachable where it did not answer, also after it did', () => {
  const refused = { kind: 'dial', error: new OpenError('refused', { syscallCode: 'ECONNREFUSED' }) }
  expect(shownFor(refused)).toContain('http://gateway is not reachable, waiting')
  expect(shownFor(full, refused)).toContain('http://gateway is not reachable, waiting')
  expect(shownFor(full, undefined)).toContain('no room')
})
