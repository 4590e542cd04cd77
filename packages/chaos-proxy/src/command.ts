import { randomInt } from 'node:crypto'
import { HoldfastError } from '@holdfast/contract'
import { type Arguments, HELP, parseArguments } from './arguments.ts'
import type { Fault } from './faults.ts'
import type { FaultEvent } from './options.ts'
import { type ChaosProxy, startChaosProxy } from './proxy.ts'
import { seededFaults, seededSchedule } from './schedule.ts'

/** Where the command writes, and what ends it. */
export interface CommandContext {
  readonly out: (line: string) => void
  readonly err: (line: string) => void
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal
}

/** Runs `holdfast-chaos-proxy`; resolves with the exit code. Never rejects. */
export async function runCommand(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    const wanted = parseArguments(argv)
    if (wanted.help) {
      context.out(HELP.trimEnd())
      return 0
    }
    await serve(wanted, context)
    return 0
  } catch (error) {
    context.err(`holdfast-chaos-proxy: ${error instanceof Error ? error.message : String(error)}`)
    if (!(error instanceof HoldfastError)) return 1
    context.err('Try holdfast-chaos-proxy --help.')
    return 2
  }
}

async function serve(wanted: Arguments, { out, signal }: CommandContext): Promise<void> {
  const seed = wanted.seed ?? randomInt(2 ** 31)
  const say = (event: string, fields: Readonly<Record<string, unknown>>, line: string): void =>
    out(wanted.json ? JSON.stringify({ event, ...fields }) : line)
  const { target, listen } = wanted
  const proxy = await startChaosProxy({
    target,
    listen,
    delayMs: wanted.delayMs,
    bytesPerSecond: wanted.bytesPerSecond,
    schedule: scheduleOf(wanted, seed),
    onFault: (event) => say('fault', { ...event }, faultLine(event)),
  })
  const to = `${target.host}:${target.port}`
  say(
    'listening',
    { host: listen.host, port: proxy.port, target: to, seed },
    `listening on ${proxy.address}, passing on to ${to}, seed ${seed}`,
  )
  await aborted(signal)
  await end(proxy, say)
}

async function end(
  proxy: ChaosProxy,
  say: (event: string, fields: Readonly<Record<string, unknown>>, line: string) => void,
): Promise<void> {
  await proxy.close()
  const { stats } = proxy
  const { accepted, turnedAway, targetFailed, bytesUp, bytesDown } = stats
  say(
    'closed',
    { ...stats },
    `closed: ${accepted} accepted, ${turnedAway} turned away, ${targetFailed} not reached, ${bytesUp} bytes up, ${bytesDown} bytes down`,
  )
}

function scheduleOf({ faults, everyMs, count }: Arguments, seed: number): ReturnType<typeof seededFaults> {
  if (faults.length === 0) return []
  const options = { seed, kinds: faults, everyMs }
  return count === undefined ? seededFaults(options) : seededSchedule({ ...options, count })
}

function faultLine({ atMs, phase, fault, links }: FaultEvent): string {
  const at = `+${(atMs / 1000).toFixed(3)}s`
  return `${at} ${fault.kind} ${phase === 'ends' ? 'ends' : `${details(fault)}(${links} links)`}`
}

function details(fault: Fault): string {
  const { kind: _kind, ...rest } = fault
  return Object.entries(rest)
    .map(([name, value]) => `${name}=${value} `)
    .join('')
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
