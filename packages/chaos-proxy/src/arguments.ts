import { parseArgs } from 'node:util'
import { invalidOption } from './errors.ts'
import { FAULT_KINDS, type FaultKind, isFaultKind } from './faults.ts'

/** What the command line asks for. */
export interface Arguments {
  readonly help: boolean
  readonly json: boolean
  readonly listen: Address
  readonly target: Address
  readonly seed: number | undefined
  /** Empty: no schedule. */
  readonly faults: readonly FaultKind[]
  readonly everyMs: number
  /** How many faults; undefined: without end. */
  readonly count: number | undefined
  readonly delayMs: number
  readonly bytesPerSecond: number
}

interface Address {
  readonly host: string
  readonly port: number
}

const faultLines = Object.entries(FAULT_KINDS)
  .map(([kind, line]) => `                         ${kind.padEnd(16)} ${line}`)
  .join('\n')

/** What `--help` prints. */
export const HELP: string = `Usage: holdfast-chaos-proxy --target HOST:PORT [options]

A TCP proxy that breaks connections as real networks do. Without --fault, --delay and --throttle it is transparent.

  --target HOST:PORT   where connections are passed on to (required)
  --listen HOST:PORT   where to listen; port 0 takes a free one   (default 127.0.0.1:0)
  --fault KIND         a fault that may occur; repeat it for several, or say "all":
${faultLines}
  --every DURATION     one fault in each span of this length: 500ms, 2s, 1m   (default 5s)
  --count N            stop after so many faults   (default: go on)
  --seed N             the same seed gives the same faults at the same times   (default: a random one, printed)
  --delay DURATION     every byte comes this much later, all the time
  --throttle N         at most N bytes a second, on each link and way, all the time
  --json               one JSON object a line instead of text
  --help               this text

It runs until SIGINT or SIGTERM, and then prints its counters. Exit codes: 0 ended as asked, 1 could not listen, 2 wrong use.
`

const FLAGS = {
  target: { type: 'string' },
  listen: { type: 'string', default: '127.0.0.1:0' },
  fault: { type: 'string', multiple: true, default: [] as string[] },
  every: { type: 'string', default: '5s' },
  count: { type: 'string' },
  seed: { type: 'string' },
  delay: { type: 'string', default: '0ms' },
  throttle: { type: 'string', default: '0' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** @throws `chaos/invalid_option` with a sentence for the user */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values } = parse(argv)
  return {
    help: values.help,
    json: values.json,
    listen: address('--listen', values.listen),
    target: values.help ? { host: '', port: 0 } : address('--target', values.target ?? '', 1),
    seed: values.seed === undefined ? undefined : whole('--seed', values.seed, 0),
    faults: faults(values.fault),
    everyMs: duration('--every', values.every, 1),
    count: values.count === undefined ? undefined : whole('--count', values.count, 1),
    delayMs: duration('--delay', values.delay, 0),
    bytesPerSecond: whole('--throttle', values.throttle, 0),
  }
}

// The type of the result follows from FLAGS.
function parse(argv: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof FLAGS }>> {
  try {
    return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: false })
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

function faults(names: readonly string[]): readonly FaultKind[] {
  const all = Object.keys(FAULT_KINDS)
  return names
    .flatMap((name) => (name === 'all' ? all : name.split(',')))
    .map((name) => {
      if (isFaultKind(name)) return name
      throw invalid(`expected --fault to be one of ${all.join(', ')} or all, got "${name}"`)
    })
}

function address(flag: string, text: string, minPort = 0): Address {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined || port === undefined || Number(port) > 65_535 || Number(port) < minPort) {
    throw invalid(`expected ${flag} to be HOST:PORT, such as 127.0.0.1:8080, got "${text}"`)
  }
  return { host, port: Number(port) }
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

function duration(flag: string, text: string, min: number): number {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? []
  const ms = Math.round(Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN))
  if (ms >= min) return ms
  throw invalid(`expected ${flag} to be a duration such as 500ms, 2s or 1m, got "${text}"`)
}

function whole(flag: string, text: string, min: number): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min) return value
  throw invalid(`expected ${flag} to be a whole number, ${min} or more, got "${text}"`)
}

function invalid(message: string): Error {
  return invalidOption(message)
}
