// Streams: appends of the published client against the published server, both flushing; and what an observer costs the gateway
// over sockets, event streams, pages, and pages behind nginx (`pnpm bench streams --observers` for these alone).
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DurableStream } from '@durable-streams/client'
import { say, start } from './stream-peers.ts'
import { compareObservers } from './streams-observers.ts'

const SECONDS = 4

/** Appends a second over so many streams, so many at once in each; and the median of one. */
async function appends(
  url: string,
  streams: number,
  atOnce: number,
): Promise<{ perSecond: number; p50: number; refused: number }> {
  const name = `b-${streams}-${atOnce}-${Date.now()}`
  const handles: DurableStream[] = []
  for (let i = 0; i < streams; i++) {
    handles.push(
      await DurableStream.create({ url: `${url}/${name}-${i}`, contentType: 'application/json', batching: false }),
    )
  }
  const body = JSON.stringify({ text: 'x'.repeat(200) })
  const took: number[] = []
  let refused = 0
  const until = performance.now() + SECONDS * 1_000
  const write = async (handle: DurableStream): Promise<void> => {
    while (performance.now() < until) {
      const began = performance.now()
      // The published server says now and then that a stream is not there, and then that it is.
      const isTaken = await handle.append(body).then(
        () => true,
        () => false,
      )
      if (isTaken) took.push(performance.now() - began)
      else refused += 1
    }
  }
  await Promise.all(handles.flatMap((handle) => Array.from({ length: atOnce }, () => write(handle))))
  took.sort((a, b) => a - b)
  return { perSecond: took.length / SECONDS, p50: took[Math.floor(took.length / 2)] ?? 0, refused }
}

async function compareAppends(): Promise<void> {
  const folders = [mkdtempSync(join(tmpdir(), 'streams-')), mkdtempSync(join(tmpdir(), 'streams-'))] as const
  const [ours, theirs] = [await start('append-ours', folders[0]), await start('append-theirs', folders[1])]
  await appends(ours.url, 1, 8)
  await appends(theirs.url, 1, 8)
  for (const [streams, atOnce] of [
    [1, 1],
    [1, 32],
    [100, 1],
  ] as const) {
    const rounds: { ratio: number; p50: number; text: string }[] = []
    for (let round = 0; round < 3; round++) {
      const [we, they] = [await appends(ours.url, streams, atOnce), await appends(theirs.url, streams, atOnce)]
      const text = `${we.perSecond.toFixed(0)}/s against ${they.perSecond.toFixed(0)}/s, p50 ${we.p50.toFixed(2)} against ${they.p50.toFixed(2)} ms, refused ${we.refused} against ${they.refused}`
      rounds.push({ ratio: we.perSecond / they.perSecond, p50: we.p50 / they.p50, text })
    }
    rounds.sort((a, b) => a.ratio - b.ratio)
    const middle = rounds[1]
    say(
      `append, ${streams} streams × ${atOnce} at once: ${middle?.ratio.toFixed(2)} of the published server, p50 × ${middle?.p50.toFixed(2)} (${middle?.text})`,
    )
  }
  for (const { child } of [ours, theirs]) child.kill()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

if (!process.argv.includes('--observers')) await compareAppends()
await compareObservers()
process.exit(0)
