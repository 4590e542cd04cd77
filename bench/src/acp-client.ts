import { Editor, ourStream, sdkStream } from './acp-editor.ts'

/** A client in a process of its own: for each number of updates asked for, says how many came a second, and its processor time. */
const [kind, port] = process.argv.slice(2)
const open = kind === 'sdk' ? sdkStream : ourStream

process.on('message', async (updates: number) => {
  const editor = await new Editor(open(Number(port))).begin()
  const started = performance.now()
  const before = process.cpuUsage()
  await editor.prompt({ from: 0, updates })
  const { user, system } = process.cpuUsage(before)
  const perSecond = updates / ((performance.now() - started) / 1_000)
  if (editor.seen.size < updates) throw new Error(`${editor.seen.size} of ${updates} updates`)
  editor.connection.close()
  process.send?.({ perSecond, cpuMicros: (user + system) / updates })
})
process.on('disconnect', () => process.exit())
