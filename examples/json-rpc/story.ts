import { rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { childStdio, nodeSocket } from '@holdfast/transport-stream/node'
import { RETRY_OFTEN, throughFaults } from '../../tests/e2e/support/through-faults.ts'
import { connectLanguageServer } from './lsp-client.ts'

type Client = ReturnType<typeof connectLanguageServer>

/** How the published server is started. */
export const SERVER = [fileURLToPath(new URL('server.mjs', import.meta.url)), '--stdio']

/** For more faults in seconds than there are in an hour. */
const OFTEN = { retry: RETRY_OFTEN, liveness: { intervalMs: 300, timeoutMs: 3_000 } }

/** A client of a child, and what can happen to that. */
export function childClient() {
  const closed = join(tmpdir(), `holdfast-closed-${process.pid}-${crypto.randomUUID()}`)
  let pid = 0
  const transport = childStdio(process.execPath, {
    args: [...SERVER, `--closed-while=${closed}`],
    onStderr: (bytes) => {
      pid = Number(/pid (\d+)/.exec(Buffer.from(bytes).toString())?.[1] ?? pid)
    },
  })
  const client = connectLanguageServer({ transport, ...OFTEN })
  const signal = (name: NodeJS.Signals): void => void process.kill(pid, name)
  const close = (isClosed: boolean): void => (isClosed ? writeFileSync(closed, '') : rmSync(closed, { force: true }))
  return { client, signal, close }
}

/** The same through a network with every fault, to servers behind this port. */
export async function networkStory(port: number): Promise<Outcome> {
  const way = await startChaosProxy({ target: { host: '127.0.0.1', port } })
  const client = connectLanguageServer({ transport: nodeSocket(), url: `tcp://${way.address}`, ...OFTEN })
  const outcome = await lspStory(client, (during) => throughFaults(way, client.connection, during))
  await way.close()
  return outcome
}

/** What became of it all. */
export interface Outcome {
  /** The number in the text when a question was asked, and the one in its answer. */
  readonly answers: readonly { readonly asked: number; readonly found: number }[]
  /** Questions that were carried, and others that were reported as dropped. */
  readonly carried: number
  readonly dropped: number
  /** What the server said last of a text that is no JSON. */
  readonly diagnosed: string
  readonly gaps: number
}

/** Text changes and questions about it, through faults; then the server must have what is here. */
export async function lspStory(
  { connection, open, ask, change }: Client,
  faults: (during: () => Promise<void>) => Promise<void>,
): Promise<Outcome> {
  const document = { uri: 'file:///settings.json', languageId: 'json', version: 1, text: '{"k0": 0}' }
  const outcome = { answers: [] as { asked: number; found: number }[], carried: 0, dropped: 0, diagnosed: '', gaps: 0 }
  const pending: Promise<unknown>[] = []
  void (async () => {
    for await (const one of open(document)) {
      if (one.type === 'gap') outcome.gaps += 1
      else outcome.diagnosed = one.message.map(({ message }) => message).join()
    }
  })()
  let n = 0
  const question = (how: 'carry' | 'reject'): void => {
    const asked = n
    const answer = ask('textDocument/documentSymbol', { textDocument: { uri: document.uri } }, { onDrop: how })
    if (how === 'carry') outcome.carried += 1
    pending.push(
      answer.then(
        (symbols) => outcome.answers.push({ asked, found: numberIn(symbols) }),
        () => (outcome.dropped += 1),
      ),
    )
  }
  const edit = (): void => {
    n += 1
    change(document, `{"k${n}": ${n}}`)
    question(n % 2 === 0 ? 'carry' : 'reject')
  }
  await connection.connect()
  const ticking = setInterval(edit, 50)
  await faults(async () => {
    const before = outcome.answers.length
    await until(() => outcome.answers.length > before + 3)
    edit()
  })
  clearInterval(ticking)
  question('carry')
  await Promise.all(pending)
  change(document, '{"last": }')
  await until(() => outcome.diagnosed !== '')
  await connection.close()
  return outcome
}

function numberIn(symbols: unknown): number {
  return Number(/"name":"k(\d+)"/.exec(JSON.stringify(symbols))?.[1])
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
