import { startChaosProxy } from '@holdfast/chaos-proxy'
import { nodeWebSocket } from '@holdfast/transport-node'
import { RETRY_OFTEN, throughFaults } from '../../tests/e2e/support/through-faults.ts'
import { connectTerminal } from './terminado-client.ts'

/**
 * The program in the terminal: it counts in brackets, and answers each line in angle brackets behind having written it down. `end` ends it.
 */
export const PROGRAM = `stty -echo
( n=0; while sleep 0.05; do n=$((n+1)); printf '[%s]' $n; done ) & counting=$!
while read -r line; do
  [ "$line" = end ] && break
  printf '%s\\n' "$line" >> "$TYPED"
  printf '<%s>' "$line"
done
kill $counting; wait`

/** What became of it all. */
export interface Outcome {
  /** What was on the screen, cleared at each gap. */
  readonly screens: readonly string[]
  /** Lines whose typing was confirmed, and those whose outcome is unknown. */
  readonly confirmed: readonly number[]
  readonly told: readonly number[]
  /** How the connection ended when the program did. */
  readonly ending: string
}

/** A person types a line every so often at the terminal of this port, through a network with every fault. */
export async function terminadoStory(port: number, everyMs: number): Promise<Outcome> {
  const way = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  const { connection, output, type } = connectTerminal({
    transport: nodeWebSocket(),
    url: `ws://${way.address}/terminals/websocket/one`,
    retry: RETRY_OFTEN,
    liveness: { intervalMs: 200, timeoutMs: 1_000 },
  })
  const screens = ['']
  const confirmed: number[] = []
  const told: number[] = []
  let typed = 0
  const reading = (async () => {
    for await (const one of output()) {
      if (one.type === 'gap') screens.push('')
      else screens.push((screens.pop() ?? '') + one.message[1])
    }
  })()
  const typeLine = (): void => {
    const n = typed
    typed += 1
    type(`${n}\n`).then(
      () => confirmed.push(n),
      () => told.push(n),
    )
  }
  /** Between two faults it goes well for a while, both ways. */
  const calm = async (): Promise<void> => {
    const shown = (): string => screens.at(-1) ?? ''
    const [characters, lines] = [shown().length, confirmed.length]
    await until(() => shown().length > characters + 20 && confirmed.length > lines + 3)
    typeLine()
  }
  await connection.connect()
  const typing = setInterval(typeLine, everyMs)
  await throughFaults(way, connection, calm)
  await calm()
  clearInterval(typing)
  await until(() => confirmed.length + told.length === typed)
  await until(() => screens.at(-1)?.includes(`<${Math.max(...confirmed)}>`) === true)
  type('end\n')
  await reading
  const { status } = connection
  await way.close()
  return { screens, confirmed, told, ending: status.state === 'closed' ? status.outcome.reason : status.state }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
