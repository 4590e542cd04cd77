import { inspect } from 'node:util'
import { CHANNEL_DEFAULTS } from '@holdfast/contract/channel'
import { Connection } from '@holdfast/core'
import { contentLength } from '@holdfast/core/codecs'
import { RecordingSink } from '@holdfast/testkit/conformance'
import { describe, expect, it } from 'vitest'
import { childStdio } from '../src/node/index.ts'

const target = { url: 'child:' }
const never = new AbortController().signal

async function run(program: string, more: Parameters<typeof childStdio>[1] = {}) {
  const transport = childStdio(process.execPath, { ...more, args: ['-e', program, ...(more.args ?? [])] })
  const channel = await transport.open(target, { signal: never })
  const sink = new RecordingSink<string | Uint8Array>()
  channel.start(sink)
  return { channel, sink }
}

const textOf = (sink: RecordingSink<string | Uint8Array>): string =>
  sink.frames.map((frame) => Buffer.from(frame as Uint8Array).toString()).join('')

/** Whether the system knows a process of this number. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('a program', () => {
  it('that ends with 0 ends the channel cleanly, after all that it said', async () => {
    const { sink } = await run('process.stdout.write("x".repeat(200000))')
    expect(await sink.ended()).toEqual({ reason: '', clean: true })
    expect(textOf(sink)).toHaveLength(200_000)
  })

  it('that ends with another code reports it, with the last words of its standard error and no secret of ours', async () => {
    const program = 'console.error("x".repeat(9000)); console.error("no such model"); process.exitCode = 3'
    const { sink } = await run(program, { args: ['s3cret'], env: { TOKEN: 's3cret' } })
    const { clean, cause } = await sink.ended()
    expect(clean).toBe(false)
    expect(cause).toMatchObject({
      code: 'channel/child_exited',
      message: expect.stringMatching(/ended with exit code 3\. It said: no such model$/),
      details: { exitCode: 3, signal: null, stderr: expect.stringMatching(/no such model$/) },
    })
    expect(inspect(cause)).not.toContain('s3cret')
    expect(String(Reflect.get(Reflect.get(Object(cause), 'details'), 'stderr')).length).toBeLessThanOrEqual(4_096)
  })

  it('that a signal ended says which', async () => {
    const { sink } = await run('process.kill(process.pid, "SIGKILL")')
    expect(await sink.ended()).toMatchObject({ cause: { details: { exitCode: null, signal: 'SIGKILL' } } })
  })

  it('that there is none of is an OpenError that names it and no argument', async () => {
    const dial = childStdio('/no/such/program', { args: ['s3cret'] }).open(target, { signal: never })
    const error = await dial.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'OpenError', details: { syscallCode: 'ENOENT', unsent: true } })
    expect(String(error)).toContain('Could not start /no/such/program: there is no such program or folder.')
    expect(inspect(error)).not.toContain('s3cret')
  })

  it('hears the end of its input when the channel closes', async () => {
    const { channel, sink } = await run('process.stdin.resume().on("end", () => console.log("bye"))', {
      bounds: { ...CHANNEL_DEFAULTS, closeTimeoutMs: 20_000 },
    })
    channel.close()
    expect(await sink.ended()).toEqual({ reason: '', clean: true })
    expect(textOf(sink)).toBe('bye\n')
  })

  it('that puts things in order at the end of its input is given the time for it', async () => {
    const program = 'process.stdin.resume().on("end", () => setTimeout(() => console.log("in order"), 1500))'
    const { channel, sink } = await run(program)
    channel.close()
    expect(await sink.ended()).toEqual({ reason: '', clean: true })
    expect(textOf(sink)).toBe('in order\n')
  })

  it('that heeds neither the end of its input nor SIGTERM is killed', async () => {
    const { channel, sink } = await run(
      'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log(process.pid)',
      { bounds: { ...CHANNEL_DEFAULTS, closeTimeoutMs: 500 } },
    )
    await sink.received(1)
    const pid = Number(textOf(sink))
    expect(isAlive(pid)).toBe(true)
    channel.close()
    expect(await sink.ended()).toMatchObject({ clean: false, cause: { code: 'channel/close_timeout' } })
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
  })

  it('waits while its output is not taken', async () => {
    const { channel, sink } = await run(
      'let n = 0; const more = () => { while (n < 2000 && process.stdout.write("x".repeat(10000))) n++; process.stdout.once("drain", more); console.error(n) }; more()',
    )
    channel.pause()
    expect(sink.frames.length).toBeLessThan(20)
    channel.resume()
    await expect.poll(() => textOf(sink).length, { timeout: 20_000 }).toBeGreaterThan(10_000_000)
    channel.terminate()
    await sink.ended()
  })
})

it('the pipes of a child process carry a client of a language server', async () => {
  const program = `
    let rest = ''
    process.stdin.on('data', (bytes) => {
      rest += bytes
      for (;;) {
        const found = /^Content-Length: (\\d+)\\r\\n\\r\\n/.exec(rest)
        if (found === null || rest.length < found[0].length + Number(found[1])) return
        const { id, method } = JSON.parse(rest.slice(found[0].length, found[0].length + Number(found[1])))
        rest = rest.slice(found[0].length + Number(found[1]))
        const answer = JSON.stringify({ id, result: method })
        process.stdout.write('Content-Length: ' + answer.length + '\\r\\n\\r\\n' + answer)
      }
    })`
  const heard: unknown[] = []
  const connection = new Connection<unknown, unknown>({
    transport: childStdio(process.execPath, { args: ['-e', program] }),
    target: 'child:',
    protocol: { name: 'json-rpc', codec: contentLength() },
    onMessage: (message) => heard.push(message),
  })
  await connection.connect()
  connection.send({ id: 1, method: 'initialize' })
  connection.send({ id: 2, method: 'shutdown' })
  await expect
    .poll(() => heard, { timeout: 20_000 })
    .toEqual([
      { id: 1, result: 'initialize' },
      { id: 2, result: 'shutdown' },
    ])
  await connection.close()
})
