/** Nothing is silent for longer, in milliseconds. */
export const NOTICE_AFTER_MS = 1_500
/** A gateway that answers within it has not kept anybody waiting, however long this process took to begin. */
const MOMENT_MS = 500

/** When the first thing that a process waits for is reported: what the process took to begin is silence, too. */
export function firstNoticeMs(): number {
  return Math.max(MOMENT_MS, NOTICE_AFTER_MS - performance.now())
}

/** Resolves with the work; where it takes its time, that is said on standard error once. */
export async function withWaitingNotice<T>(url: string, work: Promise<T>): Promise<T> {
  const isFirst = performance.now() < NOTICE_AFTER_MS
  const timer = setTimeout(
    () => void process.stderr.write(`holdfast: ${waitingText(url)}\n`),
    isFirst ? firstNoticeMs() : NOTICE_AFTER_MS,
  )
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}

/** For a dial without any answer. */
export function waitingText(url: string): string {
  return `${url} has not answered yet; waiting.`
}
