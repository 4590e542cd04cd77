import { effectOf, OutputFilter, ScreenModes, Tokenizer } from '@holdfast/terminal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RestingScreen } from '../../src/screen/resting-screen.ts'
import { type ScreenAnswer, ScreenModel } from '../../src/screen/screen-model.ts'
import { coreOf } from '../../src/screen/xterm-internals.ts'
import { judge, show, stateOf } from './screen-state.ts'

const COLUMNS = 20
const ROWS = 6
const SIZE = { width: COLUMNS, height: ROWS }
const ESC = '\u001b'

/** What a terminal is given, one piece of it. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.string({ minLength: 1, maxLength: 30 }) },
  {
    weight: 6,
    arbitrary: fc.constantFrom('\r\n', '\n', '\r', '\b', '\t', 'é', '世界', 'e\u0301', '👍', 'a'.repeat(45)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: ROWS }), fc.integer({ min: 1, max: COLUMNS }))
      .map(([row, column]) => `${ESC}[${row};${column}H`),
  },
  {
    weight: 4,
    arbitrary: fc
      .array(
        fc.constantFrom(
          '0',
          '1',
          '2',
          '3',
          '4',
          '5',
          '7',
          '8',
          '9',
          '21',
          '4:3',
          '53',
          '31',
          '44',
          '97',
          '105',
          '38;5;200',
          '48;5;30',
          '38;2;1;2;3',
          '48;2;9;8;7',
          '58:5:9',
          '58:2::1:2:3',
          '59',
          '24',
          '27',
          '39',
          '49',
        ),
        { maxLength: 3 },
      )
      .map((parameters) => `${ESC}[${parameters.join(';')}m`),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      ...['J', '1J', '2J', 'K', '1K', '2K', '3X', '2P', '2@', 'L', 'M', '2S', '2T', 'A', 'B', '5C', '3D'].map(
        (end) => `${ESC}[${end}`,
      ),
      ...[`${ESC}7`, `${ESC}8`, `${ESC}M`, `${ESC}D`, `${ESC}E`, `${ESC}H`, `${ESC}[3g`, `${ESC}[g`, `${ESC}[b`],
      ...[`${ESC}(0`, `${ESC}(B`, `${ESC})0`, '\u000e', '\u000f', `${ESC}]2;a title${ESC}\\`, `${ESC}[!p`, `${ESC}c`],
      ...[`${ESC}]8;;http://a.example/${ESC}\\`, `${ESC}]8;id=7;http://b.example/${ESC}\\`, `${ESC}]8;;${ESC}\\`],
      ...['0', '1', '2'].flatMap((part) => [
        `${ESC}[22;${part}t`,
        `${ESC}[23;${part}t`,
        `${ESC}]${part};title ${part}\u0007`,
      ]),
      ...['4', '20'].flatMap((mode) => [`${ESC}[${mode}h`, `${ESC}[${mode}l`]),
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          '1',
          '6',
          '7',
          '25',
          '45',
          '66',
          '1000',
          '1002',
          '1003',
          '1004',
          '1006',
          '2004',
          '47',
          '1047',
          '1049',
          '1048',
        ),
        fc.constantFrom('h', 'l'),
      )
      .map(([mode, final]) => `${ESC}[?${mode}${final}`),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: ROWS - 1 }), fc.integer({ min: 1, max: ROWS }))
      .map(([top, bottom]) => `${ESC}[${top};${Math.min(ROWS, top + bottom)}r`),
  },
)

const LONG = process.env['HOLDFAST_LONG'] === '1'
/** A fifth of them in all the checks. */
const runs = (count: number): number => (LONG ? count * 10 : Math.ceil(count / 5))

it('a picture brings a new terminal to the state of one that saw everything', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const output = Buffer.from(pieces.join(''))
      const all = judge(COLUMNS, ROWS)
      const model = new ScreenModel(SIZE, 0, () => {})
      show(all, output)
      model.feed(output)
      const late = judge(COLUMNS, ROWS)
      show(late, model.picture(1_000_000).bytes)
      expect(stateOf(late)).toEqual(stateOf(all))
    }),
    { numRuns: runs(150), seed: 1 },
  )
})

it('a picture taken anywhere in the output, and what follows it, are the whole output', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.double({ min: 0, max: 1, noNaN: true }), (pieces, where) => {
      const output = Buffer.from(pieces.join(''))
      const all = judge(COLUMNS, ROWS)
      show(all, output)
      const model = new ScreenModel(SIZE, 0, () => {})
      model.feed(output.subarray(0, Math.floor(output.length * where)))
      const picture = model.picture(1_000_000)
      const late = judge(COLUMNS, ROWS)
      show(late, picture.bytes)
      show(late, output.subarray(picture.at))
      // Which character came last is no state of a screen: it is repeated, and joined by an accent.
      const needsLast = output.includes('\u001b[b') || output.includes('\u0301')
      if (!needsLast) expect(stateOf(late)).toEqual(stateOf(all))
    }),
    { numRuns: runs(100), seed: 2 },
  )
})

const zeros = fc.constantFrom(1, 4_095, 4_096, 4_097, 8_191, 8_192, 8_193, 20_000).map((count) => '\0'.repeat(count))

it('a run of zeros shows nothing, whatever stands open in front of it, and is not parsed', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, zeros), { maxLength: 30 }), fc.nat({ max: 60_000 }), (pieces, cut) => {
      const output = Buffer.concat([...pieces.map((text) => Buffer.from(text)), Buffer.from([0xe4, 0xb8])])
      const all = judge(COLUMNS, ROWS)
      show(all, output)
      const model = new ScreenModel(SIZE, 0, () => {})
      model.feed(output.subarray(0, cut))
      model.feed(output.subarray(cut))
      expect(stateOf(model.terminal)).toEqual(stateOf(all))
      expect(model.at).toBe(output.length)
    }),
    { numRuns: runs(60), seed: 5 },
  )
  for (const open of ['\u00e9'.slice(0, 1), `${ESC}[3`, `${ESC}]2;a`, `${ESC}P`]) {
    const output = Buffer.concat([
      Buffer.from([0xe4, 0xb8]),
      Buffer.alloc(9_000),
      Buffer.from(`${open}`),
      Buffer.alloc(9_000),
    ])
    const [all, model] = [judge(COLUMNS, ROWS), new ScreenModel(SIZE, 0, () => {})]
    show(all, Buffer.concat([output, Buffer.from('1mx')]))
    model.feed(output)
    model.feed(Buffer.from('1mx'))
    expect(stateOf(model.terminal)).toEqual(stateOf(all))
  }
  const model = new ScreenModel(SIZE, 0, () => {})
  const handler = coreOf(model.terminal)._inputHandler
  const parse = handler.parse.bind(handler)
  let parsed = 0
  handler.parse = (bytes) => {
    parsed += bytes.length
    return parse(bytes)
  }
  model.feed(Buffer.alloc(1_000_000))
  expect([model.at, parsed < 10_000]).toEqual([1_000_000, true])
})

it('a screen that rested is the same when it is woken', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const output = Buffer.from(pieces.join(''))
      const model = new ScreenModel(SIZE, 0, () => {})
      model.feed(output)
      const woken = RestingScreen.of(model)?.wake(() => {})
      if (woken !== undefined) expect(stateOf(woken.terminal)).toEqual(stateOf(model.terminal))
    }),
    { numRuns: runs(50), seed: 3 },
  )
})

it('the screen model keeps at most 128 KiB of a screen that rests, the newest lines of it', () => {
  const model = new ScreenModel({ width: 200, height: 50 }, 0, () => {})
  let seed = 7
  const noise = (): string => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return `${ESC}[38;2;${seed % 256};${(seed >> 8) % 256};${(seed >> 16) % 256}m${String.fromCharCode(33 + (seed % 90))}`
  }
  for (let line = 0; line < 1_100; line++) {
    model.feed(Buffer.from(`${Array.from({ length: 40 }, noise).join('')}\r\n`))
  }
  const resting = RestingScreen.of(model)
  expect(resting?.bytes).toBeLessThanOrEqual(131_072)
  const woken = resting?.wake(() => {}).terminal
  const screen = (terminal: typeof woken): unknown => {
    const rows = terminal === undefined ? [] : stateOf(terminal)['normal']
    return Array.isArray(rows) ? rows.slice(-50) : rows
  }
  expect(screen(woken)).toEqual(screen(model.terminal))
})

/** What asks, and what a terminal without a window says; nothing where it is not known. */
const QUESTIONS: Readonly<Record<string, readonly [question: string, answer: string]>> = {
  DA1: [`${ESC}[c`, `${ESC}[?1;2c`],
  DA2: [`${ESC}[>c`, `${ESC}[>0;276;0c`],
  DA3: [`${ESC}[=c`, `${ESC}P!|00000000${ESC}\\`],
  DSR: [`${ESC}[5n`, `${ESC}[0n`],
  CPR: [`${ESC}[6n`, `${ESC}[1;7R`],
  'colour scheme': [`${ESC}[?996n`, `${ESC}[?997;1n`],
  DECRQM: [`${ESC}[?2004$p`, `${ESC}[?2004;2$y`],
  DECRQSS: [`${ESC}P$qr${ESC}\\`, `${ESC}P1$r1;6r${ESC}\\`],
  XTGETTCAP: [`${ESC}P+q544e${ESC}\\`, `${ESC}P0+r${ESC}\\`],
  XTSMGRAPHICS: [`${ESC}[?2;1;0S`, `${ESC}[?2;3;0S`],
  XTQMODKEYS: [`${ESC}[?4m`, `${ESC}[>4;0m`],
  'kitty keyboard': [`${ESC}[?u`, `${ESC}[?0u`],
  'size in characters': [`${ESC}[18t`, `${ESC}[8;6;20t`],
  'OSC 4': [`${ESC}]4;1;?${ESC}\\`, `${ESC}]4;1;rgb:cccc/0000/0000${ESC}\\`],
  'OSC 10': [`${ESC}]10;?\u0007`, `${ESC}]10;rgb:ffff/ffff/ffff${ESC}\\`],
  'OSC 11': [`${ESC}]11;?${ESC}\\`, `${ESC}]11;rgb:0000/0000/0000${ESC}\\`],
  'OSC 52 read': [`${ESC}]52;c;?${ESC}\\`, ''],
  ENQ: ['\u0005', ''],
  DECCIR: [`${ESC}[1$w`, `${ESC}P1$u1;7;1;@;@;@;0;2;O;BBBB${ESC}\\`],
  DECTABSR: [`${ESC}[2$w`, `${ESC}P2$u1/9/17${ESC}\\`],
  // b, e and nothing below.
  DECRQCRA: [`${ESC}[1;1;1;1;2;2*y`, `${ESC}P1!~FF39${ESC}\\`],
  // Without graphics a terminal says nothing: who asks asks for device attributes behind it, and waits for those.
  'kitty graphics': [`${ESC}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA${ESC}\\`, ''],
}
/** What acts outside the screen. */
const ACTIONS: readonly string[] = [
  ...[
    `${ESC}]9;done\u0007`,
    `${ESC}]52;c;QQ==\u0007`,
    `${ESC}]99;i=1;hello${ESC}\\`,
    `${ESC}]777;notify;a;b\u0007`,
    '\u0007',
  ],
  ...[`${ESC}[2t`, `${ESC}[8;20;60t`, `${ESC}[21t`, `${ESC}[5i`, `${ESC}[?5i`, `${ESC}[>q`],
]
const utf8C1 = (text: string): string =>
  text.replaceAll(/\u001b([@-_])/g, (_, byte: string) => String.fromCharCode(byte.charCodeAt(0) + 0x40))
/** The same in single bytes, which no terminal that reads UTF-8 takes for it. */
const rawC1 = (text: string): Buffer => Buffer.from(utf8C1(text), 'latin1')
const outsideOf = (bytes: Uint8Array): readonly string[] =>
  new Tokenizer()
    .push(bytes)
    .filter((token) => ['ask', 'act'].includes(effectOf(token)))
    .map(({ kind }) => kind)

/** Both of its forms; in all the checks one of them, by turns. */
function formsOf(text: string, turn: number): readonly string[] {
  const forms = [text, utf8C1(text)]
  return LONG ? forms : forms.filter((_, at) => at === turn % 2)
}

describe('what is not on the screen', () => {
  const all = [...Object.values(QUESTIONS).map(([question]) => question), ...ACTIONS]
  it.each(all.map((text) => [JSON.stringify(text), text] as const))(
    '%s is in no picture, wherever it was cut',
    (_, text) => {
      for (const form of formsOf(text, all.indexOf(text))) {
        const output = Buffer.from(`before${form}after`)
        const whole = judge(COLUMNS, ROWS)
        show(whole, output)
        for (let cut = 0; cut <= output.length; cut++) {
          const model = new ScreenModel(SIZE, 0, () => {})
          model.feed(output.subarray(0, cut))
          const { bytes, at } = model.picture(1_000_000)
          expect(outsideOf(bytes)).toEqual([])
          const late = judge(COLUMNS, ROWS)
          show(late, bytes)
          show(late, output.subarray(at))
          expect(stateOf(late)).toEqual(stateOf(whole))
          // A sequence of which only the beginning came is not behind the picture.
          expect(at === cut || (at === 6 && cut > 6 && cut < 6 + Buffer.byteLength(form))).toBe(true)
        }
      }
    },
  )

  it.each(all.filter((_, at) => at % 3 === 0).map((text) => [JSON.stringify(text), text] as const))(
    '%s in bytes that are no UTF-8 is nothing, and a picture is the same wherever it was cut',
    (_, text) => {
      const output = Buffer.concat([Buffer.from('before'), rawC1(text), Buffer.from('after')])
      const whole = judge(COLUMNS, ROWS)
      show(whole, output)
      for (let cut = 0; cut <= output.length; cut++) {
        const answers: ScreenAnswer[] = []
        const model = new ScreenModel(SIZE, 0, (answer) => answers.push(answer))
        model.feed(output.subarray(0, cut))
        const { bytes, at } = model.picture(1_000_000)
        expect([outsideOf(bytes), at]).toEqual([[], cut])
        const late = judge(COLUMNS, ROWS)
        show(late, bytes)
        show(late, output.subarray(at))
        expect(stateOf(late)).toEqual(stateOf(whole))
        model.feed(output.subarray(cut))
        expect(answers).toEqual([])
      }
    },
  )

  it.each(Object.entries(QUESTIONS))('%s is answered once, wherever it was cut', (_, [question, answer]) => {
    for (const form of [question, utf8C1(question)]) {
      const output = Buffer.from(`before${form}after`)
      for (let cut = 0; cut <= output.length; cut++) {
        const answers: ScreenAnswer[] = []
        const model = new ScreenModel(SIZE, 0, (answer) => answers.push(answer))
        model.feed(output.subarray(0, cut))
        model.feed(output.subarray(cut))
        const end = 6 + Buffer.byteLength(form)
        expect(answers).toEqual(answer === '' ? [] : [{ from: 6, end, text: answer }])
      }
    }
  })

  it('colours that were set are reported as they are now', () => {
    const answers: string[] = []
    const model = new ScreenModel(SIZE, 0, ({ text }) => answers.push(text))
    model.feed(Buffer.from(`${ESC}]11;#102030${ESC}\\${ESC}]11;?${ESC}\\${ESC}]111${ESC}\\${ESC}]11;?${ESC}\\`))
    expect(answers).toEqual([`${ESC}]11;rgb:1010/2020/3030${ESC}\\`, `${ESC}]11;rgb:0000/0000/0000${ESC}\\`])
  })
})

it.each([
  ['has saved none', '$ running', false],
  ['has saved one', `line${ESC}7${ESC}[3;1Hbelow`, true],
  ['has saved one at the top, on the other screen', `${ESC}[?1049h${ESC}[2;2H${ESC}7${ESC}[Hvim`, true],
])('a picture of a program that %s leaves the cursor for output below it as the program does', (_, output, held) => {
  const model = new ScreenModel(SIZE, 0, () => {})
  model.feed(Buffer.from(output))
  const modes = new ScreenModes()
  for (const token of new Tokenizer().push(model.picture(100_000).bytes)) modes.see(token)
  model.dispose()
  expect(modes.isCursorSaved).toBe(held)
})

it("a picture pops the keyboard flags of the program before, and none of the terminal's user before", () => {
  const encoder = new TextEncoder()
  const model = new ScreenModel(SIZE, 0, () => {})
  model.feed(encoder.encode(`${ESC}[>1u${ESC}[?1049h${ESC}[>3uvim`))
  const { bytes } = model.picture(100_000)
  model.dispose()
  // The person's own shell has pushed some outside.
  const outside = new ScreenModes()
  for (const token of new Tokenizer().push(encoder.encode(`${ESC}[>9u`))) outside.see(token)
  const filter = new OutputFilter()
  for (let times = 0; times < 3; times++) {
    for (const token of new Tokenizer().push(filter.push(bytes, true).bytes)) outside.see(token)
    expect(outside.kittyFlags).toBe(3)
  }
  const rest = encoder.encode(`${ESC}[<u${ESC}[?1049l${ESC}[<u`)
  for (const token of new Tokenizer().push(filter.push(rest, true).bytes)) outside.see(token)
  expect(outside.kittyFlags).toBe(9)
})
