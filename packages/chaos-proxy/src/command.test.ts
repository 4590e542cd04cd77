import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { runCommand } from './command.ts'

interface Run {
  readonly out: string[]
  readonly err: string[]
  readonly stop: () => void
  readonly exit: Promise<number>
  readonly line: (index: number) => Promise<string>
}

function run(...argv: string[]): Run {
  const out: string[] = []
  const err: string[] = []
  const ending = new AbortController()
  const waiting: (() => void)[] = []
  const exit = runCommand(argv, {
    out: (line) => {
      out.push(line)
      for (const wake of waiting.splice(0)) wake()
    },
    err: (line) => err.push(line),
    signal: ending.signal,
  })
  const line = async (index: number): Promise<string> => {
    while (out[index] === undefined) await new Promise<void>((resolve) => waiting.push(resolve))
    return out[index] ?? ''
  }
  return { out, err, stop: () => ending.abort(), exit, line }
}

it('the command of the chaos proxy prints its help', async () => {
  const { exit, out } = run('--help')
  expect(await exit).toBe(0)
  expect(out.join('\n')).toContain('Usage: holdfast-chaos-proxy --target HOST:PORT')
  expect(out.join('\n')).toContain('reset-mid-frame')
})

it.each([
  [[], '--target to be HOST:PORT'],
  [['--target', 'nowhere'], 'got "nowhere"'],
  [['--target', 'a:0'], '--target'],
  [['--target', 'a:1', '--fault', 'meteor'], '--fault to be one of'],
  [['--target', 'a:1', '--every', 'soon'], '--every to be a duration'],
  [['--target', 'a:1', '--seed', 'x'], '--seed to be a whole number'],
  [['--target', 'a:1', '--count', '0'], '--count'],
  [['--target', 'a:1', '--colour'], '--colour'],
  [['--target', 'a:1', 'extra'], 'extra'],
])('the command of the chaos proxy explains the wrong arguments %j and exits with 2', async (argv, sentence) => {
  const { exit, err, out } = run(...argv)
  expect(await exit).toBe(2)
  expect(err[0]).toContain(sentence)
  expect(err.join('\n')).not.toMatch(/\n\s+at /)
  expect(out).toEqual([])
})

it('the command of the chaos proxy exits with 1 and one sentence when it cannot listen', async () => {
  const taken = createServer()
  taken.listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const { exit, err } = run('--target', '127.0.0.1:9', '--listen', `127.0.0.1:${port}`)
  expect(await exit).toBe(1)
  expect(err).toHaveLength(1)
  expect(err[0]).toContain('EADDRINUSE')
  taken.close()
})

it('the command of the chaos proxy passes on, performs the faults of its seed, and logs each as JSON', async () => {
  const target = createServer((socket) => socket.on('error', () => {}).pipe(socket))
  target.listen(0, '127.0.0.1')
  await once(target, 'listening')
  const address = target.address()
  const to = `127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`
  const command = run('--target', to, '--seed', '5', '--fault', 'reset', '--every', '400ms', '--count', '2', '--json')
  const listening = JSON.parse(await command.line(0))
  expect(listening).toMatchObject({ event: 'listening', target: to, seed: 5 })
  const client = connect(listening.port, '127.0.0.1')
  client.on('error', () => {})
  const gone = new Promise((resolve) => client.once('close', resolve))
  client.resume()
  expect(JSON.parse(await command.line(1))).toMatchObject({ event: 'fault', phase: 'begins', fault: { kind: 'reset' } })
  await command.line(2)
  client.write('x')
  command.stop()
  expect(await command.exit).toBe(0)
  await gone
  expect(JSON.parse(command.out.at(-1) ?? '')).toMatchObject({ event: 'closed', open: 0 })
  target.close()
})

it('the command of the chaos proxy speaks plain lines without --json', async () => {
  const command = run('--target', '127.0.0.1:9', '--seed', '1', '--fault', 'delay,throttle', '--every', '20ms')
  expect(await command.line(0)).toMatch(/^listening on 127\.0\.0\.1:\d+, passing on to 127\.0\.0\.1:9, seed 1$/)
  expect(await command.line(1)).toMatch(/^\+0\.\d{3}s (delay|throttle) \w+=\d+ forMs=\d+ \(0 links\)$/)
  expect(await command.line(2)).toMatch(/^\+0\.\d{3}s (delay|throttle) ends$/)
  command.stop()
  expect(await command.exit).toBe(0)
  expect(command.out.at(-1)).toMatch(/^closed: 0 accepted/)
})
