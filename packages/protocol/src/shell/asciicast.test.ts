import { expect, it } from 'vitest'
import { CastReader, castSize, encodeCastEvent, encodeCastHeader } from './asciicast.ts'

const HEADER = { width: 80, height: 24, startedAt: 1_700_000_000_000, title: 'Demo', command: '/bin/bash' }

it('an asciicast that was written is read back, in pieces of any size', () => {
  const text =
    encodeCastHeader(HEADER) +
    encodeCastEvent(0, 'output', '\u001B[1mhi\r\n') +
    '# a comment\n' +
    encodeCastEvent(1_250, 'input', 'x') +
    encodeCastEvent(1, 'resize', '90x30') +
    encodeCastEvent(0, 'marker', '5 bytes are missing') +
    encodeCastEvent(10_000, 'exit', '0')
  for (const size of [1, 7, 10_000]) {
    const reader = new CastReader()
    const events = []
    for (let at = 0; at < text.length; at += size) events.push(...reader.push(text.slice(at, at + size)))
    expect(reader.header).toMatchObject(HEADER)
    expect(events.map(({ atMs, kind, text: data }) => [atMs, kind, data])).toEqual([
      [0, 'output', '\u001B[1mhi\r\n'],
      [1_250, 'input', 'x'],
      [1_251, 'resize', '90x30'],
      [1_251, 'marker', '5 bytes are missing'],
      [11_251, 'exit', '0'],
    ])
  }
})

it('the reader of recordings reads version 2, whose times are since the beginning', () => {
  const reader = new CastReader()
  const events = reader.push('{"version":2,"width":80,"height":24}\n[0.5,"o","a"]\n[2,"o","b"]\n')
  expect(events.map(({ atMs }) => atMs)).toEqual([500, 2_000])
})

it('a cut last line, and lines that are no events, are passed over', () => {
  const reader = new CastReader()
  const events = reader.push(`${encodeCastHeader(HEADER)}[1, "q", "?"]\n{}\nrubbish\n[1, "o", "kept"]\n[2, "o", "cu`)
  expect(events).toEqual([{ atMs: 2_000, kind: 'output', text: 'kept' }])
})

it.each(['{}', '[]', 'plain text', '{"version":3}', '{"version":9,"term":{"cols":80,"rows":24}}'])(
  'the text %s is no asciicast',
  (line) => {
    const reader = new CastReader()
    expect(reader.push(`${line}\n[0,"o","x"]\n`)).toEqual([])
    expect(reader.issue).toContain('asciicast')
  },
)

it('a size is one, or none', () => {
  expect(castSize('90x30')).toEqual({ width: 90, height: 30 })
  for (const text of ['', '0x1', '90x', 'x', '99999999x1']) expect(castSize(text)).toBeUndefined()
})
