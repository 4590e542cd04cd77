import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import {
  nodePty,
  type PtyBackend,
  type PtyExit,
  type PtyProcess,
  type PtySpawn,
  pipes,
  scriptPty,
} from '../src/index.ts'

// 200 runs for each backend take a minute: HOLDFAST_LONG=1 asks for them.
const LONG = process.env['HOLDFAST_LONG'] === '1'
const RUNS = LONG ? 200 : 8
const AT_ONCE = LONG ? 20 : 4
const PAUSE_MS = LONG ? 5000 : 300
const MEGABYTE = 1_000_000

const backends: [string, PtyBackend][] = [
  ['node-pty', nodePty()],
  ['script', scriptPty()],
  ['pipes', pipes()],
]
const terminals = backends.slice(0, 2)

const ENV = { PATH: '/usr/local/bin:/usr/bin:/bin', SHELL: '/bin/bash', HOME: '/', TERM: 'xterm' }
const command = (script: string): PtySpawn => ({
  file: '/bin/bash',
  args: ['--norc', '-c', script],
  cwd: '/',
  env: ENV,
  size: { width: 80, height: 24 },
})

interface Run {
  readonly process: PtyProcess
  readonly text: () => string
  readonly bytes: () => number
  readonly exit: Promise<PtyExit>
  until(condition: () => boolean): Promise<void>
}

async function run(backend: PtyBackend, script: string): Promise<Run> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const waiting: (() => void)[] = []
  let exited: (exit: PtyExit) => void = () => {}
  const exit = new Promise<PtyExit>((resolve) => {
    exited = resolve
  })
  const process = await backend.spawn(command(script), {
    output: (chunk) => {
      chunks.push(chunk.slice())
      bytes += chunk.length
      for (const look of waiting.splice(0)) look()
    },
    exit: (how) => exited(how),
  })
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise<void>((resolve) => void waiting.push(resolve))
  }
  return { process, text: () => Buffer.concat(chunks).toString(), bytes: () => bytes, exit, until }
}

it('node-pty gives what comes after a full read that stood alone, and not that again', async () => {
  const { process, text, until } = await run(nodePty(), 'stty raw -echo; head -c 4095 /dev/zero | tr "\\0" a; exec cat')
  await until(() => text().length === 4_095)
  // The turn in which a full read is handed over is through.
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.write(new TextEncoder().encode('typed'), () => {})
  await until(() => text().length === 4_100)
  expect(text().slice(4_095)).toBe('typed')
  globalThis.process.kill(process.pid, 'SIGKILL')
  process.dispose()
})

it('node-pty hands over what has gathered in large pieces, and an echo at once', async () => {
  const sizes: number[] = []
  let typed: () => void = () => {}
  const echoed = new Promise<void>((resolve) => {
    typed = resolve
  })
  const process = await nodePty().spawn(command('stty raw -echo; head -c 300000 /dev/zero; exec cat'), {
    output: (chunk) => {
      sizes.push(chunk.length)
      const all = sizes.reduce((sum, size) => sum + size, 0)
      if (all === 300_000) process.write(new Uint8Array([0x78]), () => {})
      if (all === 300_001) typed()
    },
    exit: () => {},
  })
  process.pause()
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  process.resume()
  await echoed
  expect(Math.max(...sizes)).toBeGreaterThan(4_095)
  expect(Math.max(...sizes)).toBeLessThan(65_536)
  expect(sizes.at(-1)).toBe(1)
  globalThis.process.kill(process.pid, 'SIGKILL')
  process.dispose()
})

it.each(backends)(
  'the PTY of %s delivers 1 MB written before the exit, to readers fast and paused',
  async (_name, backend) => {
    const script = `head -c ${MEGABYTE} /dev/zero | tr '\\0' x; exit 7`
    const cut: string[] = []
    for (let done = 0; done < RUNS; done += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async (_run, index) => {
          const program = await run(backend, script)
          if (index % 4 === 3) {
            await program.until(() => program.bytes() > 0)
            program.process.pause()
            await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
            program.process.resume()
          }
          const exit = await program.exit
          if (program.bytes() !== MEGABYTE || exit.code !== 7) cut.push(`${program.bytes()} ${exit.code}`)
        }),
      )
    }
    expect(cut).toEqual([])
  },
  600_000,
)

it.each(backends)(
  'the PTY of %s reports the exit while background processes keep its output open',
  async (_name, backend) => {
    const program = await run(backend, 'sleep 600 & echo $!; exit 4')
    expect(await program.exit).toMatchObject({ code: 4 })
    process.kill(Number(program.text()), 'SIGKILL')
  },
)

it.each(backends)(
  'the PTY of %s gives the program a session of its own and the environment it was given, no more',
  async (_name, backend) => {
    const program = await run(backend, 'read _; echo "<$(ps -o sid= -p $$ | tr -d " ")>"; env; exit 0')
    program.process.write(Buffer.from('\n'), () => {})
    await program.exit
    expect(program.text()).toContain(`<${program.process.pid}>`)
    const names = program
      .text()
      .split(/\r?\n/)
      .flatMap((line) => /^([A-Z_a-z]+)=/.exec(line)?.[1] ?? [])
    for (const name of names) expect([...Object.keys(ENV), 'PWD', 'SHLVL', '_', 'OLDPWD']).toContain(name)
  },
)

it.each(backends)(
  'the PTY of %s takes a large paste only as fast as the program reads, and loses none of it',
  async (_name, backend) => {
    const ready = backend.name === 'pipes' ? '' : 'stty raw -echo;'
    const program = await run(backend, `${ready} echo ready; sleep 0.3; head -c 3000000 | sha256sum`)
    await program.until(() => program.text().includes('ready'))
    const paste = Buffer.alloc(3_000_000, 'paste of many bytes\n')
    for (let at = 0; at < paste.length; at += 16_384) {
      await new Promise<void>((resolve) => program.process.write(paste.subarray(at, at + 16_384), resolve))
    }
    await program.exit
    expect(program.text()).toContain(createHash('sha256').update(paste).digest('hex'))
  },
)

it.each(terminals)('the PTY of %s sets the size at the start and later', async (_name, backend) => {
  const program = await run(backend, 'trap "stty size; exit" WINCH; stty size; while :; do sleep 0.05; done')
  await program.until(() => program.text().includes('24 80'))
  program.process.resize({ width: 132, height: 50 })
  await program.until(() => program.text().includes('50 132'))
  await program.exit
})

it.each(terminals)('the PTY of %s ends input with VEOF', async (_name, backend) => {
  const program = await run(backend, 'cat; echo over')
  await new Promise<void>((resolve) => program.process.write(Buffer.from('line\n'), resolve))
  program.process.endInput()
  await program.exit
  expect(program.text()).toContain('over')
})

it.each(terminals)('the PTY of %s passes any arguments unchanged', async (_name, backend) => {
  const odd = [`it's`, '"$HOME"', '`id`', 'a b', '', '\\', '*', 'ü\n;']
  let text = ''
  await new Promise<void>((resolve) => {
    const spawn = { ...command(''), file: '/usr/bin/printf', args: ['<%s>', ...odd] }
    void backend.spawn(spawn, {
      output: (chunk) => {
        text += Buffer.from(chunk).toString()
      },
      exit: () => resolve(),
    })
  })
  expect(text).toBe(
    odd
      .map((argument) => `<${argument}>`)
      .join('')
      .replace('\n', '\r\n'),
  )
})

it.each(terminals)('the PTY of %s reports a death by signal as 128+n', async (_name, backend) => {
  const program = await run(backend, 'kill -9 $$')
  expect(await program.exit).toMatchObject({ code: 137 })
})

it('a PTY backend leaves no open terminal behind', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length
  await (await run(nodePty(), 'exit 0')).exit
  const before = open()
  for (let index = 0; index < 20; index++) await (await run(nodePty(), 'exit 0')).exit
  await new Promise((resolve) => setImmediate(resolve))
  expect(open()).toBeLessThan(before + 10)
})
