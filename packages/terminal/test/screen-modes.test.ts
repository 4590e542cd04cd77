import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JudgeTerminal } from '../../../tests/e2e/support/judge-terminal.ts'
import { ScreenModes, Tokenizer } from '../src/index.ts'
import { bytesOf } from './support.ts'

function see(modes: ScreenModes, output: string): ScreenModes {
  for (const token of new Tokenizer().push(bytesOf(output))) modes.see(token)
  return modes
}

/** What is set → the bytes that put it back, where no judge here can see it. */
const SETTINGS: Readonly<Record<string, readonly [set: string, restored: string | RegExp]>> = {
  'alternate screen 1049': ['\x1b[?1049h', '\x1b[?1049l'],
  'alternate screen 1047': ['\x1b[?1047h', '\x1b[?1047l'],
  'alternate screen 47': ['\x1b[?47h', '\x1b[?47l'],
  'kitty keyboard': ['\x1b[>7u', '\x1b[<1u'],
  'kitty keyboard, twice': ['\x1b[>1u\x1b[>5u', '\x1b[<2u'],
  'kitty keyboard without a push': ['\x1b[=5u', '\x1b[=0u'],
  'kitty keyboard on the other screen': ['\x1b[?1049h\x1b[>1u', '\x1b[<1u\x1b[?1049l'],
  modifyOtherKeys: ['\x1b[>4;2m', '\x1b[>4m'],
  formatOtherKeys: ['\x1b[>4;1f', '\x1b[>4f'],
  'win32-input-mode': ['\x1b[?9001h', '\x1b[?9001l'],
  'cursor shape': ['\x1b[5 q', '\x1b[0 q'],
  'hidden cursor': ['\x1b[?25l', '\x1b[?25h'],
  'autowrap off': ['\x1b[?7l', '\x1b[?7h'],
  'scroll region': ['\x1b[2;10r', '\x1b7\x1b[r\x1b8'],
  'scroll region and origin': ['\x1b[2;10r\x1b[?6h', '\x1b[?6l\x1b[r\x1b[9999;1H'],
  hyperlink: ['\x1b]8;;http://x/\x1b\\', '\x1b]8;;\x1b\\'],
  'line drawing': ['\x1b(0', '\x1b(B'],
  'line drawing in G1': ['\x1b)0\x0e', /\x1b\)B\x0f$/],
  'no UTF-8': ['\x1b%@', '\x1b%G'],
  'mouse 9': ['\x1b[?9h', '\x1b[?9l'],
  'mouse 1000 … 1016': ['\x1b[?1000;1002;1003;1005;1006;1015;1016h', /(\x1b\[\?10\d\dl){7}/],
  focus: ['\x1b[?1004h', '\x1b[?1004l'],
  'bracketed paste': ['\x1b[?2004h', '\x1b[?2004l'],
  'synchronized output': ['\x1b[?2026h', /^\x1b\[\?2026l/],
  'a mode of tomorrow': ['\x1b[?31337h', '\x1b[?31337l'],
  insert: ['\x1b[4h', '\x1b[4l'],
  'local echo': ['\x1b[12l', '\x1b[12h'],
  keypad: ['\x1b=', '\x1b>'],
  colour: ['\x1b]4;1;red\x07', '\x1b]104;1\x1b\\'],
  'the whole palette': [
    Array.from({ length: 300 }, (_, at) => `\x1b]4;${at};red\x07`).join(''),
    '\x1b]104\x1b\\\x1b]105\x1b\\',
  ],
  'foreground and background': ['\x1b]10;red;blue\x07', '\x1b]110\x1b\\\x1b]111\x1b\\'],
  'colour stack': ['\x1b[#P', '\x1b[#Q'],
  attributes: ['\x1b[1;31m', '\x1b[0m'],
  protection: ['\x1b[1"q', '\x1b[0"q'],
  'title stack': ['\x1b[22;0t', '\x1b[23;0t'],
  progress: ['\x1b]9;4;1;50\x07', '\x1b]9;4;0\x1b\\'],
  'pointer shape': ['\x1b]22;wait\x1b\\', '\x1b]22;\x1b\\'],
  printer: ['\x1b[5i', '\x1b[4i'],
  '8-bit answers': ['\x1b G', '\x1b F'],
  'tab stops': ['\x1b[3g', /^\x1b7\r\x1b\[3g\x1bH(\x1b\[8C\x1bH){9}\x1b\[\?5W\x1b8$/],
}

describe('what was set is put back', () => {
  it.each(Object.entries(SETTINGS))('%s', (_, [set, restored]) => {
    const modes = see(new ScreenModes(), set)
    if (typeof restored === 'string') expect(modes.restore()).toBe(restored)
    else expect(modes.restore()).toMatch(restored)
    expect(see(modes, modes.restore()).restore()).toBe('')
  })
})

it.each([
  ['nothing', ''],
  ['text', 'plain \x1b[1mbold\x1b[m\r\n'],
  ['a program that tidied up', '\x1b[?1049h\x1b[>1u\x1b[?25l\x1b[2;5r\x1b[r\x1b[<u\x1b[?25h\x1b[?1049l'],
  ['what saves and restores modes', '\x1b[?2004s\x1b[?2004h\x1b[?2004r'],
  ['a full reset', '\x1b[?1000h\x1b[>1u\x1b(0\x1b[5 q\x1b]4;1;red\x07\x1bc'],
  ['a soft reset', '\x1b[?25l\x1b[2;5r\x1b[4h\x1b(0\x1b[1m\x1b[!p'],
  ['questions', '\x1b]11;?\x07\x1b]4;1;?\x07\x1b[?u\x1b[?4m\x1b[?2026$p'],
  ['an alternate screen left in another form', '\x1b[?1049h\x1b[?47l'],
])('the sequence %s leaves no mode to be reset', (_, output) => {
  expect(see(new ScreenModes(), output).restore()).toBe('')
})

const setting = fc.constantFrom(
  ...Object.values(SETTINGS).map(([set]) => set),
  '\x1b[?1049l',
  '\x1b[<u',
  '\x1b[m',
  'text\r\n',
  '\x1bc',
  '\x1b[!p',
  '\x1b7',
  '\x1b8',
)
const settings = fc.array(setting, { maxLength: 10 }).map((all) => all.join(''))

it('the record of screen modes has nothing left to put back after putting it back', () => {
  fc.assert(
    fc.property(settings, (output) => {
      const modes = see(new ScreenModes(), output)
      expect(see(modes, modes.restore()).restore()).toBe('')
    }),
    { numRuns: 300 },
  )
})

it('the record of screen modes brings a terminal that was put back to the same state', () => {
  fc.assert(
    fc.property(settings, (output) => {
      const modes = see(new ScreenModes(), output)
      const again = see(new ScreenModes(), modes.apply())
      expect(again.apply()).toBe(modes.apply())
    }),
    { numRuns: 300 },
  )
})

it('the record of screen modes leaves another terminal as it was, in the eyes of that terminal', async () => {
  const fresh = new JudgeTerminal().state
  await fc.assert(
    fc.asyncProperty(settings, async (output) => {
      const judge = new JudgeTerminal()
      await judge.write(output)
      await judge.write(see(new ScreenModes(), output).restore({ columns: 80 }))
      expect(judge.state).toEqual(fresh)
    }),
    { numRuns: 150 },
  )
})

it('the record of screen modes brings what serialisers of screens leave out, and leaves the cursor in its place', async () => {
  const output = '\x1b[2;10r\x1b[?1000;1006h\x1b[?25l\x1b[5 q\x1b(0\x1b[?2004h\x1b[5;7H'
  const [whole, again] = [new JudgeTerminal(), new JudgeTerminal()]
  await whole.write(output)
  await again.write('\x1b[5;7H')
  await again.write(see(new ScreenModes(), output).applyInPlace())
  expect(again.state).toEqual(whole.state)
  expect(again.cursor).toEqual(whole.cursor)
})

it('the record of screen modes leaves the cursor in its place', async () => {
  const judge = new JudgeTerminal()
  await judge.write('one\r\ntwo\x1b[1;5r\x1b[2;4H')
  const before = judge.cursor
  await judge.write(see(new ScreenModes(), '\x1b[1;5r\x1b[3g').restore())
  expect(judge.cursor).toEqual(before)
})

it('the record of screen modes says how keys and the mouse are reported', () => {
  const modes = new ScreenModes()
  expect(modes).toMatchObject({ mouseEncoding: 'none', hasEncodedKeys: false, isAlternate: false })
  see(modes, '\x1b[?1000h')
  expect(modes.mouseEncoding).toBe('bytes')
  see(modes, '\x1b[?1006h\x1b[>1u')
  expect(modes).toMatchObject({ mouseEncoding: 'digits', hasEncodedKeys: true, kittyFlags: 1 })
  // The other screen has a stack of its own.
  see(modes, '\x1b[?1049h')
  expect(modes).toMatchObject({ kittyFlags: 0, isAlternate: true })
})
