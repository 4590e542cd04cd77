// Clients of foreign wires on the engine beside the clients that people use for them, in one run, through the same faults:
// `pnpm bench peers`, and `--write` puts the table into README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { bundleKilobytes } from '../peers/bundle-size.ts'
import { FAULTS } from '../peers/faults.ts'
import { GRAPHQL } from '../peers/graphql.ts'
import { MQTT } from '../peers/mqtt.ts'
import { NATS } from '../peers/nats.ts'
import { SOCKET_IO } from '../peers/socket-io.ts'
import { type Outcome, Tally } from '../peers/tally.ts'
import type { Contestant, Entry, Server, Wire } from '../peers/wire.ts'

const WIRES: readonly Wire[] = [MQTT, GRAPHQL, NATS, SOCKET_IO]
/** Of 20 a second. */
const EVERY_MS = 50
/** Before each fault, and behind the last one. A link of ours is well again after 10 s: each fault is an outage of its own. */
const BETWEEN_MS = optionOf('apart-ms', 12_000)
/** What is still on its way at the end has so long. */
const SETTLE_MS = 35_000
const ROUNDS = optionOf('rounds', 2)
const README = new URL('../../README.md', import.meta.url)

interface Row {
  readonly wire: Wire
  readonly entry: Entry
  readonly outcome: Outcome
  readonly kilobytes: number
}

// What clients and servers of others say on the console about faults that are meant.
console.error = () => {}
const rows = (await Promise.all(WIRES.map(runWire))).flat()
const table = tableOf(rows)
process.stdout.write(table)
if (process.argv.includes('--write')) write(table)
process.exit(0)

/** `--name=number` of the command line. */
function optionOf(name: string, otherwise: number): number {
  const given = process.argv.find((word) => word.startsWith(`--${name}=`))
  return given === undefined ? otherwise : Number(given.slice(name.length + 3))
}

async function runWire(wire: Wire): Promise<readonly Row[]> {
  const tallies = new Map<string, Tally>()
  const server = await wire.start((id, n) => tallies.get(id)?.arrived(n))
  const outcomes = await Promise.all(
    wire.entries.map(async (entry, at) => {
      const tally = new Tally()
      const id = `client-${at}`
      tallies.set(id, tally)
      const kilobytes = await bundleKilobytes(entry.imports)
      return { wire, entry, kilobytes, outcome: await runEntry(entry, id, server, tally) }
    }),
  )
  await Promise.race([server.stop(), pause(5_000)])
  return outcomes
}

async function runEntry(entry: Entry, id: string, server: Server, tally: Tally): Promise<Outcome> {
  const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: server.port } })
  const client = await entry.start(proxy.address, id, tally)
  const ticking = setInterval(() => {
    server.publish(id, tally.publishes())
    say(client, tally)
  }, EVERY_MS)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { run } of FAULTS) {
      await pause(BETWEEN_MS)
      await run(proxy)
      tally.healed()
    }
  }
  await pause(BETWEEN_MS)
  clearInterval(ticking)
  await pause(SETTLE_MS)
  const outcome = tally.outcome()
  await Promise.race([client.close(), pause(2_000)])
  await proxy.close()
  return outcome
}

function say(client: Contestant, tally: Tally): void {
  const n = tally.sends()
  const delivered = client.send(n)
  if (delivered === undefined) return tally.said(n, 'nothing')
  delivered.then(
    () => tally.said(n, 'has'),
    () => tally.said(n, 'has not'),
  )
}

function tableOf(all: readonly Row[]): string {
  const names = FAULTS.map(({ name }) => name).join(' · ')
  const head = [
    `First message after the network is well, in seconds, for ${names}: the median of ${ROUNDS} rounds each, then over all of them.`,
    '',
    '| | lost up (silently) | doubled up | lost down (silently) | doubled down | back after | p50 | worst | kB |',
    '|---|---|---|---|---|---|---|---|---|',
  ]
  return `${[...head, ...all.map(rowOf)].join('\n')}\n`
}

function rowOf({ wire, entry, outcome, kilobytes }: Row): string {
  const { backAfter } = outcome
  const each = FAULTS.map((_, at) =>
    seconds(median(backAfter.filter((_seconds, index) => index % FAULTS.length === at))),
  )
  const cells = [
    `${wire.name}: ${entry.isOurs ? `**${entry.name}**` : entry.name}`,
    `${outcome.lostUp} (${outcome.lostUpSilently}) of ${outcome.sent}`,
    outcome.doubledUp,
    `${outcome.lostDown} (${outcome.lostDownSilently})`,
    outcome.doubledDown,
    each.join(' · '),
    seconds(median(backAfter)),
    seconds(backAfter.includes(undefined) ? undefined : Math.max(...backAfter.map(Number))),
    kilobytes.toFixed(1),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Where half of them never came, it never came. */
function median(values: readonly (number | undefined)[]): number | undefined {
  const sorted = values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const [low = Number.NaN, high = low] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  const middle = (low + high) / 2
  return Number.isFinite(middle) ? middle : undefined
}

function seconds(value: number | undefined): string {
  return value === undefined ? 'never' : value.toFixed(1)
}

function write(text: string): void {
  const [begin, end] = ['<!-- peers -->', '<!-- /peers -->']
  const before = readFileSync(README, 'utf8')
  const [head = '', rest = ''] = before.split(begin)
  const [, tail = ''] = rest.split(end)
  writeFileSync(README, `${head}${begin}\n\n${text}\n${end}${tail}`)
}
