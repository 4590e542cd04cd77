import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { effectOf, OutputFilter, type Token, Tokenizer } from '../src/index.ts'
import { bytesOf, cut, cuts, output, plain, textOf } from './support.ts'

/** What asks or acts, in 7-bit form. */
const OUTSIDE: Readonly<Record<string, string>> = {
  'OSC 9': '\x1b]9;done\x07',
  'OSC 52 write': '\x1b]52;c;QQ==\x07',
  'OSC 52 read': '\x1b]52;c;?\x1b\\',
  'OSC 99': '\x1b]99;i=1;hello\x1b\\',
  'OSC 777': '\x1b]777;notify;a;b\x07',
  'OSC 1337': '\x1b]1337;SetMark\x07',
  'OSC 4 ?': '\x1b]4;1;?\x07',
  'OSC 4 set and ?': '\x1b]4;1;red;2;?\x07',
  'OSC 10 ?': '\x1b]10;?\x1b\\',
  'OSC 11 ?': '\x1b]11;?\x07',
  'OSC 21 ?': '\x1b]21;foreground=?\x1b\\',
  'OSC 22 ?': '\x1b]22;?__current__\x1b\\',
  BEL: '\x07',
  ENQ: '\x05',
  DECID: '\x1bZ',
  'CSI 2 t': '\x1b[2t',
  'CSI 8 t': '\x1b[8;20;60t',
  'CSI 18 t': '\x1b[18t',
  'CSI 21 t': '\x1b[21t',
  'CSI 5 i': '\x1b[5i',
  'CSI ? 5 i': '\x1b[?5i',
  DA1: '\x1b[c',
  DA2: '\x1b[>0c',
  DA3: '\x1b[=c',
  DSR: '\x1b[5n',
  CPR: '\x1b[6n',
  'CSI ? 996 n': '\x1b[?996n',
  DECRQM: '\x1b[?2026$p',
  'ANSI RQM': '\x1b[4$p',
  DECRQSS: '\x1bP$qm\x1b\\',
  DECRQPSR: '\x1b[1$w',
  DECRQCRA: '\x1b[1;1;1;1;2;2*y',
  DECREQTPARM: '\x1b[x',
  XTVERSION: '\x1b[>0q',
  XTGETTCAP: '\x1bP+q544e\x1b\\',
  XTSMGRAPHICS: '\x1b[?1;1;0S',
  XTQMODKEYS: '\x1b[?4m',
  'kitty keyboard query': '\x1b[?u',
  'kitty graphics query': '\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\',
  'kitty graphics that answer': '\x1b_Gi=1,a=T;AAAA\x1b\\',
  'tmux passthrough': '\x1bPtmux;\x1b\x1b]52;c;QQ==\x07\x1b\\',
  'focus reports': '\x1b[?1004h',
  'in-band size': '\x1b[?2048h',
  'a cancelled sequence': '\x1b[6\x18',
}

const eightBit = (text: string): string =>
  text.replaceAll(/\x1b([@-_])/g, (_, byte: string) => String.fromCharCode(byte.charCodeAt(0) + 0x40))
const utf8 = (text: string): string => eightBit(text).replaceAll(/[\x80-\x9f]/g, (byte) => `\xc2${byte}`)

/** Only what paints of one whole piece of output. */
const withoutEffects = (output: Uint8Array): Uint8Array => new OutputFilter().push(output, true).bytes

describe('what acts or asks is not in silent output', () => {
  it.each(Object.entries(OUTSIDE))('%s, whole, cut at every byte, in bytes that are no UTF-8', (_, sequence) => {
    const shown = bytesOf(`before${eightBit(sequence)}after`)
    for (let at = 0; at <= shown.length; at += 1) {
      const filter = new OutputFilter()
      const parts = [shown.subarray(0, at), shown.subarray(at)]
      const seen = Buffer.concat(parts.map((part) => filter.push(part, true).bytes))
      // Nothing is held: it is the end of no sequence. And a terminal that reads bytes finds none.
      expect(textOf(seen)).toMatch(/^before.*after$/)
      expect([...seen].filter((byte) => byte >= 0x80)).toEqual([])
      const effects = new Tokenizer().push(seen).map(effectOf)
      expect(effects.filter((effect) => effect !== 'paint')).toEqual([])
    }
  })

  it('a title that ends earlier for a terminal that reads bytes is left out', () => {
    for (const title of ['\x1b]0;a\x9c\x9b6n\x07', '\x1b]0;a\x9b5i\x1b\\']) {
      expect(textOf(withoutEffects(bytesOf(`before${title}after`)))).toBe('beforeafter')
    }
    expect(textOf(withoutEffects(bytesOf('\x1b]0;\xe2\x9c\x93 \xc3\x9b\x07')))).toContain('\xe2\x9c\x93')
  })

  it.each(Object.entries(OUTSIDE))('%s, whole, cut at every byte, in every form', (_, sequence) => {
    for (const form of [sequence, utf8(sequence)]) {
      const shown = `before${form}after`
      for (let at = 0; at <= shown.length; at += 1) {
        const filter = new OutputFilter()
        const parts = [bytesOf(shown.slice(0, at)), bytesOf(shown.slice(at))]
        const seen = parts.map((part) => textOf(filter.push(part, true).bytes)).join('')
        // A cancelling character, and the end of a string that had begun, do nothing.
        expect(seen.replaceAll(/\x18|\x1b\\|\xc2?\x9c/g, '')).toBe('beforeafter')
      }
    }
  })
})

it.each([
  '\x1b[2;3H',
  '\x1b[38;5;1m',
  '\x1b[?1049h',
  '\x1b[2 q',
  '\x1b[>1u',
  '\x1b[>4;2m',
  '\x1b]0;title\x07',
  '\x1b]8;;http://x/\x1b\\',
  '\x1b]4;1;red\x07',
  '\x1b(0',
  '\x1bM',
  '\x1b[22;0t',
  '\x1bPq#0!4~\x1b\\',
  '\x1b_Ga=T,q=2;AAAA\x1b\\',
  '漢字',
])('the silent output of %j only paints', (text) => {
  const bytes = new TextEncoder().encode(text)
  expect(withoutEffects(bytes)).toEqual(bytes)
})

/** What a terminal does: nothing with what is cut short, and the same with a string however it ends. */
const effective = (all: readonly Token[]): readonly Token[] =>
  all
    .filter((token) => token.kind !== 'ignored' && !(token.kind === 'control' && token.code === 0x18))
    .map((token) => (token.kind === 'string' ? { ...token, bytes: token.data } : token))

/** What somebody else writes between two chunks. */
const OURS = '\x1b[31415z'

it('the output filter passes everything that is whole with a client attached, and nothing that is not, cut anywhere', () => {
  fc.assert(
    fc.property(output, cuts, (bytes, sizes) => {
      const filter = new OutputFilter()
      const terminal = new Tokenizer()
      const ended = Buffer.concat([bytes, bytesOf('\x18')])
      const tokens = cut(ended, sizes).flatMap((piece) => {
        const seen = terminal.push(Buffer.concat([filter.push(piece, false).bytes, bytesOf(OURS)]))
        expect(seen.at(-1)).toMatchObject({ kind: 'csi', parameters: '31415' })
        return seen.slice(0, -1)
      })
      expect(plain(effective(tokens))).toEqual(plain(effective(new Tokenizer().push(ended))))
    }),
  )
})

it('the output filter ends a painting string that the next sequence ends, whether that one is shown or not', () => {
  expect(textOf(withoutEffects(bytesOf('\x1b]8;;http://x/\x1b[6nlink')))).toBe('\x1b]8;;http://x/\x1b\\link')
  const cancelled = '\x1b]8;;http://x/\x18text'
  expect(textOf(withoutEffects(bytesOf(cancelled)))).toBe(cancelled)
})

it('the output filter passes a chunk that is whole as it is', () => {
  const chunk = bytesOf('plain \x1b[1mbold\x1b[m \xe6\xbc\xa2')
  expect(new OutputFilter().push(chunk, false).bytes).toBe(chunk)
})

it('the output filter is silent about the same, cut anywhere', () => {
  fc.assert(
    fc.property(output, cuts, (bytes, sizes) => {
      const filter = new OutputFilter()
      const seen = Buffer.concat(cut(bytes, sizes).map((piece) => filter.push(piece, true).bytes))
      expect(textOf(seen)).toBe(textOf(withoutEffects(bytes)))
      for (const token of new Tokenizer().push(seen)) expect(['paint', 'act']).toContain(effectOf(token))
    }),
  )
})

it('the output filter counts a sequence for where it ends: a question that is complete only now is asked', () => {
  const filter = new OutputFilter()
  expect(textOf(filter.push(bytesOf('a\x1b[6'), true).bytes)).toBe('a')
  expect(textOf(filter.push(bytesOf('nb'), false).bytes)).toBe('\x1b[6nb')
})

it('the output filter leaves out a question whose first bytes were live and whose last were not', () => {
  const filter = new OutputFilter()
  expect(textOf(filter.push(bytesOf('\x1b]52;c;QQ'), false).bytes)).toBe('')
  expect(textOf(filter.push(bytesOf('==\x07x\x1b[1'), true).bytes)).toBe('x')
  expect(textOf(filter.push(bytesOf('m'), false).bytes)).toBe('\x1b[1m')
})

it('the output filter lets a sequence through whose first bytes were live', () => {
  const filter = new OutputFilter()
  expect(textOf(filter.push(bytesOf('\x1b[3'), false).bytes)).toBe('')
  expect(textOf(filter.push(bytesOf('1mred'), true).bytes)).toBe('\x1b[31mred')
})

describe('a control string that is longer than its bound', () => {
  const long = (): OutputFilter => new OutputFilter({ maxStringBytes: 16 })

  it('goes on in parts, and the terminal is not at rest meanwhile', () => {
    const filter = long()
    const picture = `\x1bPq${'~'.repeat(20)}`
    expect(textOf(filter.push(bytesOf(picture), false).bytes)).toBe(picture.slice(0, 16))
    expect(filter.isAtRest).toBe(false)
    expect(textOf(filter.push(bytesOf('~\x1b\\x'), false).bytes)).toBe(`${picture.slice(16)}~\x1b\\x`)
    expect(filter.isAtRest).toBe(true)
  })

  it('ends where something else has to be written, and the rest of it is left out', () => {
    const filter = long()
    expect(filter.interrupt()).toHaveLength(0)
    filter.push(bytesOf(`\x1bPq${'~'.repeat(20)}`), false)
    expect(textOf(filter.interrupt())).toBe('\x18')
    expect(filter.isAtRest).toBe(true)
    expect(textOf(filter.push(bytesOf('~~\x1b\\x\x1b[6n'), false).bytes)).toBe('x\x1b[6n')
  })

  it('does not act when it began live and ends in silence', () => {
    const filter = long()
    filter.push(bytesOf(`\x1b]52;c;${'A'.repeat(20)}`), false)
    expect(textOf(filter.push(bytesOf('AA\x07x'), true).bytes)).toBe('\x18x')
  })
})

it('the output filter drops the rest of a long clipboard whose beginning was dropped, and nothing after it', () => {
  const filter = new OutputFilter({ maxStringBytes: 16 })
  expect(filter.push(bytesOf(`\x1b]52;c;${'A'.repeat(30)}`), true).bytes).toHaveLength(0)
  expect(textOf(filter.push(bytesOf('AAAA'), false).bytes)).toBe('')
  expect(textOf(filter.push(bytesOf('\x07live\x1b[6n'), false).bytes)).toBe('live\x1b[6n')
})

it('the output filter sets modes that report when the silence is over, in their last state', () => {
  const filter = new OutputFilter()
  const silent = filter.push(bytesOf('\x1b[?1004;1049h\x1b[?2048h\x1b[?2048l'), true)
  expect(textOf(silent.bytes)).toBe('\x1b[?1049h')
  expect(textOf(filter.push(bytesOf('live'), false).bytes)).toBe('\x1b[?1004h\x1b[?2048llive')
  expect(filter.endSilence()).toHaveLength(0)
})

describe('keyboard flags that were pushed before', () => {
  const shown = (filter: OutputFilter, text: string): string => textOf(filter.push(bytesOf(text), true).bytes)

  it('are not popped by what pops all that there may be', () => {
    expect(textOf(withoutEffects(bytesOf('a\x1b[<99ub\x1b[<u')))).toBe('ab')
    const filter = new OutputFilter()
    filter.push(bytesOf('\x1b[>1u\x1b[>5u'), false)
    expect(shown(filter, '\x1b[<99u')).toBe('\x1b[<2u')
    expect(shown(filter, '\x1b[<99u')).toBe('')
  })

  it('are apart for each screen, and gone after a reset', () => {
    const filter = new OutputFilter()
    expect(shown(filter, '\x1b[>1u\x1b[?1049h\x1b[>3u\x1b[<9u\x1b[?1049l\x1b[<9u')).toBe(
      '\x1b[>1u\x1b[?1049h\x1b[>3u\x1b[<1u\x1b[?1049l\x1b[<1u',
    )
    filter.push(bytesOf('\x1b[>1u\x1bc'), false)
    expect(shown(filter, '\x1b[<9u')).toBe('')
  })

  it('are popped by a program that pops its own, as it wrote it', () => {
    const own = '\x1b[>1u\x1b[>3u\x1b[<u\x1b[<1u'
    expect(shown(new OutputFilter(), own)).toBe(own)
    expect(shown(new OutputFilter(), '\x1b[=5u\x1b[>1u\x1b[<9u')).toBe('\x1b[=5u\x1b[>1u\x1b[<1u\x1b[=0u')
  })
})
