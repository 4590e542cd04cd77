import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DetachKeys,
  detachKey,
  INPUT_HOLD_MS,
  InputParser,
  type InputToken,
  ScreenModes,
  SEQUENCE_HOLD_MS,
  Tokenizer,
} from '../src/index.ts'
import { bytesOf, cut, cuts, plain, textOf } from './support.ts'

const still = { now: () => 0, epoch: () => 0, after: () => ({ cancel: () => {} }) }
const parser = (modes?: ScreenModes): InputParser => new InputParser({ clock: still, modes })

function modesAfter(output: string): ScreenModes {
  const modes = new ScreenModes()
  for (const token of new Tokenizer().push(bytesOf(output))) modes.see(token)
  return modes
}

/** What a person asked, and what went to the shell. */
function typed(pieces: readonly Uint8Array[], prefix = 'ctrl-]', modes?: ScreenModes): { said: string; sent: string } {
  const input = parser(modes)
  const keys = new DetachKeys(detachKey(prefix))
  const tokens = [...pieces.flatMap((piece) => input.read(piece)), ...input.flush()]
  const events = tokens.flatMap((token) => keys.read(token))
  const said = events.map((event) => (event.kind === 'action' ? event.action : '')).join('')
  const sent = events.map((event) => (event.kind === 'input' ? textOf(event.bytes) : '')).join('')
  return { said, sent }
}

const typedText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'ls\r',
        '\x1b',
        '\x1b[A',
        '\x1bOP',
        '\x1b[200~a\x1dk\x1b[201~',
        '\x1b[200~',
        '\x1b[201~',
        '\x1b[93;5u',
        '\x1b[27;5;93~',
        '\x1d',
        'd',
        'k',
        'y',
        '\x1b[M \x1d\x1d',
        '\x1b[<0;3;4M',
        '\x1b[I',
        '\x1b]11;rgb:0/0/0\x07',
        '\x1bP1$r0m\x1b\\',
        '\x1b[?62;4c',
        'é',
      ),
      fc.uint8Array({ maxLength: 3 }).map(textOf),
    ),
    { maxLength: 10 },
  )
  .map((pieces) => bytesOf(pieces.join('')))

it('the input parser reads the same, cut anywhere, and changes no byte', () => {
  fc.assert(
    fc.property(typedText, cuts, (bytes, sizes) => {
      const [whole, pieces] = [parser(), parser()]
      const expected = [...whole.read(bytes), ...whole.flush()]
      const actual = [...cut(bytes, sizes).flatMap((piece) => pieces.read(piece)), ...pieces.flush()]
      expect(plain(actual)).toEqual(plain(expected))
      expect(Buffer.concat(actual.map((token) => token.bytes))).toEqual(Buffer.from(bytes))
    }),
    { numRuns: 400 },
  )
})

it('the input parser asks the same and sends the same, cut anywhere', () => {
  fc.assert(
    fc.property(typedText, cuts, (bytes, sizes) => {
      expect(typed(cut(bytes, sizes))).toEqual(typed([bytes]))
    }),
    { numRuns: 400 },
  )
})

describe('the detach key, in every form in which a terminal may send it', () => {
  it.each([
    ['as a byte', 'ctrl-]', '\x1d', 'd'],
    ['as kitty sends it', 'ctrl-]', '\x1b[93;5u', 'd'],
    ['with caps and num lock on', 'ctrl-]', '\x1b[93;197u', 'd'],
    ['with press and release', 'ctrl-]', '\x1b[93;5:1u\x1b[93;5:3u', '\x1b[100;1:1u'],
    ['held down', 'ctrl-]', '\x1b[93;5:1u\x1b[93;5:2u\x1b[93;5:3u\x1b[93;5:1u\x1b[93;5:3u\x1b[93;5u', 'd'],
    ['with the keys of a Russian layout', 'ctrl-]', '\x1b[1098::93;5u', '\x1b[1074::100u'],
    ['with alternate keys', 'ctrl-]', '\x1b[93:125;5u', 'd'],
    ['with Ctrl reported as a key', 'ctrl-]', '\x1b[57442;5u\x1b[93;5u\x1b[57442;1:3u', '\x1b[100u'],
    ['as modifyOtherKeys sends it', 'ctrl-]', '\x1b[27;5;93~', 'd'],
    ['as win32-input-mode sends it', 'ctrl-]', '\x1b[221;27;29;1;8;1_\x1b[221;27;29;0;8;1_', '\x1b[68;32;100;1;0;1_'],
    ['ctrl-a', 'ctrl-a', '\x1b[97;5u', 'd'],
    ['ctrl-^', 'ctrl-^', '\x1b[54:94;6u', 'd'],
    ['ctrl-_', 'ctrl-_', '\x1b[45:95;6u', 'd'],
    ['ctrl-@', 'ctrl-@', '\x1b[32;5u', 'd'],
    ['ctrl-\\', '^\\', '\x1b[27;5;92~', 'd'],
  ])('%s', (_, name, prefix, key) => {
    expect(typed([bytesOf(`ls${prefix}${key}`)], name).said).toBe('detach')
  })

  it('and nothing of it goes to the shell', () => {
    const { sent } = typed([bytesOf('ls\x1b[93;5:1u\x1b[93;5:3u\x1b[107;1:1u\x1b[107;1:3u\x1b[121u')])
    expect(sent).toBe('ls')
  })
})

describe('what is not the detach key', () => {
  it.each([
    ['a paste', '\x1b[200~one\x1dktwo\x1b[201~'],
    ['Alt with it', '\x1b\x1dk'],
    ['an old mouse report', '\x1b[M\x1d\x1dk'],
    ['an answer', '\x1b]52;c;\x1b\\'],
    ['the same key without Ctrl', '\x1b[93u'],
    ['its release', '\x1b[93;5:3u'],
    ['bytes that are no text', '\xff\x9bk\x90d'],
  ])('%s', (_, text) => {
    const modes = modesAfter('\x1b[?1000;2004h')
    expect(typed([bytesOf(text)], 'ctrl-]', modes)).toEqual({ said: '', sent: text })
  })
})

it('the input parser sends the key itself when it comes twice, and both when nothing of ours follows', () => {
  expect(typed([bytesOf('\x1d\x1dx')])).toEqual({ said: '', sent: '\x1dx' })
  expect(typed([bytesOf('\x1dx')])).toEqual({ said: '', sent: '\x1dx' })
  expect(typed([bytesOf('\x1b[93;5u\x1b[A')])).toEqual({ said: '', sent: '\x1b[93;5u\x1b[A' })
  expect(typed([bytesOf('\x1b[93;5u\x1b[93;5u')])).toEqual({ said: '', sent: '\x1b[93;5u' })
})

it('the input parser asks before it kills, and only y says yes', () => {
  expect(typed([bytesOf('\x1dky')]).said).toBe('askKillkill')
  expect(typed([bytesOf('\x1dkx')])).toEqual({ said: 'askKillkeep', sent: '' })
  expect(typed([bytesOf('\x1dk\x1b[200~y\x1b[201~')])).toEqual({ said: 'askKillkeep', sent: '\x1b[200~y\x1b[201~' })
})

it('the input parser holds an Escape until it is known to be one', () => {
  const input = parser()
  expect(input.read(bytesOf('\x1b'))).toEqual([])
  expect(input.isHolding).toBe(true)
  expect(input.flush()).toMatchObject([{ kind: 'key', key: { characters: [0x1b] } }])
  expect(input.isHolding).toBe(false)
})

describe('a sequence that is torn for longer than it is held', () => {
  /** As `typed`, where nothing follows each piece in time. */
  function torn(pieces: readonly Uint8Array[]): { said: string; sent: string } {
    const input = parser(modesAfter('\x1b[?2004h'))
    const keys = new DetachKeys(detachKey('ctrl-]'))
    const events = pieces
      .flatMap((piece) => [...input.read(piece), ...input.flush()])
      .flatMap((token) => keys.read(token))
    const said = events.map((event) => (event.kind === 'action' ? event.action : '')).join('')
    return { said, sent: events.map((event) => (event.kind === 'input' ? textOf(event.bytes) : '')).join('') }
  }

  /** Escape, and Alt with a bracket, are keys: no piece ends with them. */
  function afterKeys(pieces: readonly Uint8Array[]): Uint8Array[] {
    const whole: Uint8Array[] = []
    for (const piece of pieces) {
      const last = /\x1b\[?$/.test(textOf(whole.at(-1) ?? Uint8Array.of())) ? whole.pop() : undefined
      whole.push(last === undefined ? piece : Buffer.concat([last, piece]))
    }
    return whole
  }

  it('opens the same paste, cut at every byte: no key acts in it, and every byte arrives', () => {
    const paste = '\x1b[200~a\x1dk\x1dy\x1b[201~'
    for (let at = 1; at < paste.length; at += 1) {
      const pieces = [bytesOf(paste.slice(0, at)), bytesOf(paste.slice(at))]
      expect(torn(pieces)).toEqual({ said: '', sent: paste })
    }
    expect(torn([...bytesOf(paste)].map((byte) => Uint8Array.of(byte)))).toEqual({ said: '', sent: paste })
  })

  it.each(['\x1b[93;5u', '\x1b[27;5;93~', '\x1b[93;5:1u'])('is the same detach key, %j cut at every byte', (key) => {
    for (let at = 1; at < key.length; at += 1) {
      expect(torn([bytesOf(key.slice(0, at)), bytesOf(key.slice(at)), bytesOf('d')]).said).toBe('detach')
    }
  })

  it('is read as one, cut anywhere but behind what may be a key, and changes no byte', () => {
    const pieces = fc.constantFrom(
      'ls\r',
      '\x1b[A',
      '\x1b[200~a\x1dk\x1b[201~',
      '\x1b[93;5u',
      '\x1d',
      'd',
      'k',
      'z',
      '\x1b[<0;3;4M',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 8 }), cuts, (texts, sizes) => {
        const bytes = bytesOf(texts.join(''))
        const { said, sent } = torn(afterKeys(cut(bytes, sizes)))
        const whole = typed([bytes], 'ctrl-]', modesAfter('\x1b[?2004h'))
        expect(said).toBe(whole.said)
        // Of a key that was taken, its first bytes were with the shell already.
        if (!texts.includes('\x1b[93;5u')) expect(sent).toBe(whole.sent)
      }),
      { numRuns: 400 },
    )
  })

  it('is none after an Escape that a person pressed', () => {
    expect(torn([bytesOf('\x1b'), bytesOf('d\x1dd')])).toEqual({ said: 'detach', sent: '\x1bd' })
    expect(torn([bytesOf('\x1b'), bytesOf('\x1d'), bytesOf('d')])).toEqual({ said: 'detach', sent: '\x1b' })
    expect(torn([bytesOf('\x1b['), bytesOf('\x1d'), bytesOf('d')])).toEqual({ said: 'detach', sent: '\x1b[' })
  })

  it('waits longer where no key alone can have begun it', () => {
    const input = parser()
    input.read(bytesOf('\x1b'))
    expect(input.holdMs).toBe(INPUT_HOLD_MS)
    input.read(bytesOf('[9'))
    expect(input.holdMs).toBe(SEQUENCE_HOLD_MS)
    input.flush()
    input.read(bytesOf('3'))
    expect(input.holdMs).toBe(INPUT_HOLD_MS)
  })
})

it('the input parser takes what follows a pause inside a paste for the paste, unless it may be a key', () => {
  let now = 0
  const input = new InputParser({ clock: { ...still, now: () => now } })
  input.read(bytesOf('\x1b[200~half'))
  now = 10_000
  expect(input.read(bytesOf(`${'x'.repeat(40)}\x1dk`))).toMatchObject([{ kind: 'paste' }])
})

it('the input parser believes in no paste that was cut off', () => {
  let now = 0
  const input = new InputParser({ clock: { ...still, now: () => now } })
  expect(input.read(bytesOf('\x1b[200~half'))).toMatchObject([{ kind: 'paste' }, { kind: 'paste' }])
  now = 1_000
  expect(input.read(bytesOf('more'))).toMatchObject([{ kind: 'paste' }])
  now = 4_000
  expect(input.read(bytesOf('\x1d'))).toMatchObject([{ kind: 'key' }])
})

it.each<[string, InputToken['kind']]>([
  ['\x1b[<0;3;4m', 'mouse'],
  ['\x1b[32;10;5M', 'mouse'],
  ['\x1b[O', 'focus'],
  ['\x1b[?62;4c', 'answer'],
  ['\x1b[12;40R', 'answer'],
  ['\x1b[1;5R', 'key'],
  ['\x1b[?2026;2$y', 'answer'],
  ['\x1bP>|xterm(390)\x1b\\', 'answer'],
  ['\x1b[8;24;80t', 'answer'],
  ['\x1b[[A', 'key'],
  ['\x1b[15~', 'key'],
  ['\x1bOH', 'key'],
  ['\x1bb', 'key'],
])('the input parser reads %j as %s', (text, kind) => {
  const tokens = parser().read(bytesOf(text))
  expect(tokens.map((token) => token.kind)).toEqual([kind])
})

it('the names of keys are accepted if they exist, and others refused', () => {
  expect(detachKey('ctrl-]')).toBe(0x1d)
  expect(detachKey('^A')).toBe(1)
  expect(() => detachKey('f1')).toThrow('Expected ctrl-')
})
