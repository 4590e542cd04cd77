import { seededRandom } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { JudgeTerminal } from '../../../tests/e2e/support/judge-terminal.ts'
import { DEFAULT_PREDICTION, type PredictionMode } from '../src/index.ts'
import { RemoteLine } from './remote-line.ts'

const SLOW_MS = 200

/** A remote whose prompt is known: one command was typed and echoed at it. */
async function known(roundTripMs = SLOW_MS, mode: PredictionMode = 'auto'): Promise<RemoteLine> {
  const remote = new RemoteLine(roundTripMs, mode)
  await remote.run(1_000)
  remote.type('w')
  await remote.run(1_000)
  remote.type('\r')
  await remote.run(1_000)
  return remote
}

it('the echo prediction shows a key at once at a prompt that echoed before, and keeps it when its echo comes', async () => {
  const remote = await known()
  remote.type('ls')
  expect(remote.text).toBe('$ ls')
  expect(remote.prediction.line?.cells.map(({ isGuess }) => isGuess)).toEqual([true, true])
  await remote.run(SLOW_MS + 1)
  expect(remote.prediction.line).toBeUndefined()
  expect(remote.text).toBe('$ ls')
})

it('the echo prediction shows nothing at a prompt that it does not know before an echo came', async () => {
  const remote = new RemoteLine(SLOW_MS)
  await remote.run(1_000)
  remote.type('l')
  expect(remote.text).toBe('$')
  await remote.run(SLOW_MS + 1)
  remote.type('s')
  expect(remote.text).toBe('$ ls')
})

it('the echo prediction shows nothing on a quick connection, unless always, and nothing ever with never', async () => {
  const quick = await known(20)
  quick.type('ls')
  expect(quick.text).toBe('$')
  const always = await known(20, 'always')
  always.type('ls')
  expect(always.text).toBe('$ ls')
  const never = await known(SLOW_MS, 'never')
  never.type('ls')
  expect(never.prediction.line).toBeUndefined()
})

it('the echo prediction shows what waits for long on any connection, and at once while there is none', async () => {
  const remote = await known(20)
  remote.delayMs = 100_000
  remote.type('l')
  expect(remote.text).toBe('$')
  await remote.run(DEFAULT_PREDICTION.lateMs)
  expect(remote.text).toBe('$ l')
  remote.prediction.away(true)
  remote.type('s')
  expect(remote.text).toBe('$ ls')
  await remote.run(60_000)
  expect(remote.text).toBe('$ ls')
})

it('the echo prediction takes a character back, moves in the line and inserts', async () => {
  const remote = await known()
  remote.type('lx\x7fs\x1b[D\x1b[D-')
  expect(remote.text).toBe('$ -ls')
  expect(remote.prediction.line?.cursor).toBe(3)
  await remote.run(SLOW_MS + 1)
  expect(remote.text).toBe('$ -ls')
  expect(remote.prediction.actual.column).toBe(3)
})

it('the echo prediction never shows what is typed at a prompt for a password', async () => {
  for (const isAway of [false, true]) {
    const remote = await known()
    remote.ask('Password: ', 'silent')
    await remote.run(1_000)
    remote.prediction.away(isAway)
    for (const key of 'hunter2') {
      remote.type(key)
      await remote.run(37)
    }
    await remote.run(5_000)
    expect(remote.shown.filter(({ text }) => /Password: ./.test(text))).toEqual([])
    expect(remote.written).not.toMatch(/\x1b\[0;90m[hunter2]/)
  }
})

it('the echo prediction knows a prompt that comes in the line in which something silent was typed', async () => {
  const remote = await known()
  remote.ask('', 'silent')
  await remote.run(1_000)
  remote.type('hunter2')
  await remote.run(1_000)
  remote.end('$ ')
  await remote.run(1_000)
  remote.type('ls')
  expect(remote.text).toBe('$ ls')
})

it('the echo prediction shows nothing of what is typed behind a command while away: it may be a password', async () => {
  const remote = await known()
  remote.delayMs = 100_000
  remote.prediction.away(true)
  remote.type('sudo x\rhunter2')
  expect(remote.text).toBe('$ sudo x')
  expect(remote.prediction.line?.hidden).toBeGreaterThan(0)
  expect(remote.written).toContain('\u23ce')
})

it('the echo prediction takes back what is echoed otherwise after a round trip, and shows no more of it', async () => {
  const remote = await known()
  remote.echo = 'loud'
  remote.type('l')
  expect(remote.text).toBe('$ l')
  await remote.run(SLOW_MS + DEFAULT_PREDICTION.graceMs + 1)
  expect(remote.text).toBe('$ L')
  remote.type('s')
  expect(remote.text).toBe('$ L')
})

it('the echo prediction takes back what is not echoed after a round trip', async () => {
  const remote = await known()
  remote.echo = 'silent'
  remote.type('ls')
  expect(remote.text).toBe('$ ls')
  await remote.run(SLOW_MS + DEFAULT_PREDICTION.graceMs + 1)
  expect(remote.text).toBe('$')
})

it.each([
  ['a full-screen program', '\x1b[?1049h'],
  ['a hidden cursor', '\x1b[?25l'],
  ['line drawing', '\x1b(0'],
  ['a scroll region', '\x1b[2;5r\x1b[3;1H$ '],
])('the echo prediction shows nothing with %s', async (_, output) => {
  const remote = await known(SLOW_MS, 'always')
  remote.print(output)
  await remote.run(1_000)
  remote.type('ls')
  expect(remote.prediction.line).toBeUndefined()
})

describe('in random sessions', () => {
  const KEYS = ['a', 'b', 'c', ' ', '\x7f', '\x1b[D', '\x1b[C', '\r', '\t', '\x15', 'é']

  it.each(Array.from({ length: 12 }, (_, at) => at))(
    'shows no line for longer than a round trip that the program never has, seed %i',
    async (seed) => {
      const random = seededRandom(seed)
      const roundTripMs = 70 + random.integer(0, 300)
      const remote = await known(roundTripMs)
      const begin = remote.clock.now()
      for (let key = 0; key < 150; key += 1) {
        if (random.chance(0.05)) remote.echo = random.chance(0.5) ? 'editor' : 'silent'
        if (random.chance(0.025)) remote.interrupt('mail for you')
        remote.type(random.pick(KEYS))
        await remote.run(random.integer(0, roundTripMs))
      }
      await remote.run(2_000)
      const wrong = remote.shown.flatMap(({ at, text }, index) => {
        const isTrue = remote.states.has(text) || !text.startsWith('$')
        const until = remote.shown[index + 1]?.at ?? remote.clock.now()
        return isTrue || at < begin ? [] : [{ text, ms: until - at }]
      })
      const longest = Math.max(0, ...wrong.map(({ ms }) => ms))
      expect(longest).toBeLessThanOrEqual(roundTripMs + DEFAULT_PREDICTION.graceMs + 1)
      expect(remote.prediction.line).toBeUndefined()
    },
  )

  it.each(Array.from({ length: 6 }, (_, at) => at))(
    'leaves the screen as it would be without predictions, seed %i',
    async (seed) => {
      const random = seededRandom(seed)
      const remote = await known(150, 'always')
      for (let key = 0; key < 120; key += 1) {
        if (random.chance(0.07)) remote.print(`\x1b[3${random.integer(0, 7)}m`)
        remote.type(random.pick(KEYS))
        await remote.run(random.integer(0, 120))
      }
      await remote.run(2_000)
      const [predicted, plain] = [new JudgeTerminal(), new JudgeTerminal()]
      await predicted.write(Buffer.from(remote.written))
      await plain.write(Buffer.from(remote.plain))
      expect(predicted.text).toBe(plain.text)
      expect(predicted.cursor).toEqual(plain.cursor)
      expect(predicted.state).toEqual(plain.state)
      expect(predicted.looks).toEqual(plain.looks)
      expect(remote.written).toContain('\x1b[0;90m')
    },
  )
})
