/** Nothing is silent for longer, in milliseconds. */
export const NOTICE_AFTER_MS = 1_500

/** Resolves with the work; where it takes its time, that is said on standard error once. */
export async function tellWaiting<T>(url: string, work: Promise<T>): Promise<T> {
  const timer = setTimeout(
    () => void process.stderr.write(`holdfast: ${url} has not answered yet; waiting.\n`),
    NOTICE_AFTER_MS,
  )
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}
