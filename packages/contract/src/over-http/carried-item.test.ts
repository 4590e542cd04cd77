import { expect, it } from 'vitest'
import { type CarriedItem, carriedItem, itemText } from './carried-item.ts'

it('an item of a WebSocket over HTTP is the same behind its JSON', () => {
  const items: readonly CarriedItem[] = [
    { kind: 'frame', frame: '' },
    { kind: 'frame', frame: 'a "text" of 语' },
    { kind: 'frame', frame: Uint8Array.from({ length: 20_000 }, (_, at) => at % 256) },
    { kind: 'ping' },
    { kind: 'pong' },
    { kind: 'close', code: undefined, reason: '' },
    { kind: 'close', code: 4_999, reason: 'é'.repeat(61) },
    { kind: 'opened', opening: { channel: 'c', protocol: '', headers: { 'x-served-by': 'a' } } },
  ]
  for (const item of items) expect(carriedItem(JSON.parse(itemText(item)))).toEqual(item)
})

it.each([
  [{ code: 99_999, reason: '' }, 'a code that no frame has'],
  [{ code: 999, reason: '' }, 'a code below all'],
  [{ code: 1_000.5, reason: '' }, 'a code that is no whole number'],
  [{ code: '1000', reason: '' }, 'a code that is a text'],
  [{ code: 1_000, reason: 'é'.repeat(62) }, 'a reason longer than a frame carries'],
  [{ code: 1_000, reason: 7 }, 'a reason that is no text'],
])('a close that no WebSocket could have brought is no item: %j, %s', (close, _what) => {
  expect(carriedItem({ close })).toBeUndefined()
})
