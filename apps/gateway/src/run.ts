import type { Logger } from '@holdfast/core'
import { commandName } from './command-name.ts'
import { type Environment, type GatewayConfig, readConfig } from './config.ts'
import { GATEWAY_ERRORS, GatewayError } from './errors.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { hideSecrets } from './hidden-secrets.ts'
import { lineLogger, type WriteLine } from './log-lines.ts'
import { type GatewayFlags, SETTINGS, type Setting } from './settings.ts'
import { withTimeout } from './with-timeout.ts'

/** A drain that takes longer is given up: the process has to be gone within 10 s (gateway.md, Start). */
const GIVE_UP_MS = 9_000
const NO_INIT =
  'This is process 1, which has to reap what shells leave behind and does not: start it under an init, as docker run --init does.'
/** Variables that hold secrets, or may; one of them is the clients'. */
const SECRETS: readonly string[] = [
  'HOLDFAST_TOKEN',
  ...Object.values<Setting>(SETTINGS).flatMap(({ env, isSecret }) => (isSecret === true ? [env] : [])),
]
const HELP = 'Correct these and start the gateway again; --help lists every setting with its variable and default.'
const TITLE = 'holdfast-gateway'
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const

/**
 * Runs a gateway as this process's purpose: prints where it listens, serves until SIGTERM or SIGINT, drains.
 * @returns the exit code: 0 drained, 2 bad configuration, 3 port taken, 1 anything else. Never rejects.
 */
export async function runGateway(flags: GatewayFlags, environment: Environment = process.env): Promise<number> {
  const stop = new Stop()
  const print: WriteLine = (line) => void process.stdout.write(`${line}\n`)
  const warn: WriteLine = (line) => void process.stderr.write(`${line}\n`)
  // The reader of our lines may leave; the gateway continues.
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  try {
    const config = readConfig(flags, environment)
    const logger = lineLogger(warn, config.json)
    if (environment === process.env) hide(flags, config, logger)
    const gateway = await startGateway(config, { logger, stop: (why) => stop.stop(why) })
    announce(gateway, config, print, warn)
    if (process.pid === 1 && config.shell !== undefined) logger.warn(NO_INIT)
    stop.hangup = () => hungUp(gateway, stop, logger)
    const signal = await stop.requested
    if (config.json) print(JSON.stringify({ event: 'draining', signal }))
    else warn(`Draining after ${signal}.`)
    const isDrained = await withTimeout(gateway.close(), GIVE_UP_MS)
    if (config.json) print(JSON.stringify({ event: 'stopped', drained: isDrained }))
    else if (!isDrained) warn('Not everything could be ended in time.')
    return isDrained ? 0 : 1
  } catch (error) {
    return failed(error, warn)
  } finally {
    stop.dispose()
  }
}

/**
 * A terminal that was closed takes its gateway along. One that was started without, as by `nohup` or a supervisor, continues
 * and reads its certificate anew.
 */
function hungUp(gateway: Gateway, stop: Stop, logger: Logger): void {
  if (process.stdin.isTTY || process.stdout.isTTY) return stop.stop('SIGHUP')
  logger.info('SIGHUP without a terminal: the gateway goes on, and reads its certificate anew')
  gateway.reload()
}

/** Tokens are of no use to the programs that run in shells here, and those have the same rights as this process. */
function hide(flags: GatewayFlags, { shell }: GatewayConfig, logger: Logger): void {
  const isOnCommandLine = flags.token !== undefined || flags.store?.includes('@') === true
  if (hideSecrets(SECRETS, isOnCommandLine ? TITLE : undefined) || shell === undefined) return
  logger.warn('the environment of the gateway, and the tokens in it, can be read by the programs of its shells')
}

function announce(gateway: Gateway, config: GatewayConfig, print: WriteLine, warn: WriteLine): void {
  const { generatedToken: token } = config
  const { url } = gateway
  if (config.json) {
    return print(
      JSON.stringify({ event: 'listening', url, pid: process.pid, ...(token === undefined ? {} : { token }) }),
    )
  }
  // Beside the line for programs, so that a log of standard output has no secret.
  if (token !== undefined) warn(`Token, for this run only: ${token}`)
  if (token !== undefined && config.store === 'nats')
    warn('The other gateways of this store need the same: give all of them one --token.')
  const kept = { memory: 'in memory', embedded: `in ${config.data}`, nats: 'in NATS' }[config.store]
  print(`Holdfast gateway listening on ${url} (sessions ${kept}, shells ${config.shell ?? 'off'})`)
  warn(firstSteps(url, token, config.shell !== undefined))
}

/** What to do next. The token is in the fragment, which browsers never send. */
function firstSteps(url: string, token: string | undefined, hasShells: boolean): string {
  const link = token === undefined ? `${url}/` : `${url}/#token=${token}`
  const name = commandName()
  const login = `${name} login ${token === undefined ? url : `'${link}'`}`
  const [next, what] = hasShells
    ? [`${name} shell`, 'a terminal that survives drops']
    : [`${name} lead -- date`, 'a session from a command']
  const width = Math.max(login.length, next.length)
  return [
    '',
    `Open:  ${link}`,
    `Try:   ${login.padEnd(width)}   once for each user`,
    `       ${next.padEnd(width)}   ${what}`,
    '',
  ].join('\n')
}

function failed(error: unknown, warn: WriteLine): number {
  if (error instanceof GatewayError) {
    warn(error.message)
    if (error.code === 'gateway/bad_config' && error.message.includes('\n')) warn(HELP)
    return GATEWAY_ERRORS[error.code].exitCode
  }
  warn(`The gateway failed: ${error instanceof Error ? error.message : String(error)}`)
  return 1
}

/** The first stop signal, whenever it comes. A second one ends the process at once. */
class Stop {
  readonly requested: Promise<string>
  /** What a SIGHUP means; a stop, until it is set. */
  hangup: () => void = () => this.stop('SIGHUP')
  readonly #listener: (signal: string) => void
  readonly #hungUp = (): void => this.hangup()

  constructor() {
    let resolve: (signal: string) => void = () => {}
    this.requested = new Promise((settle) => {
      resolve = settle
    })
    let isAsked = false
    this.#listener = (signal) => {
      if (isAsked) process.exit(1)
      isAsked = true
      resolve(signal)
    }
    for (const signal of STOP_SIGNALS) process.on(signal, this.#listener)
    process.on('SIGHUP', this.#hungUp)
  }

  stop(signal: string): void {
    this.#listener(signal)
  }

  dispose(): void {
    process.off('SIGHUP', this.#hungUp)
    for (const signal of STOP_SIGNALS) process.off(signal, this.#listener)
  }
}
